"""Suppression of small counts of individuals, and of the counts from which they could be derived."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset, FlowStep
from latentmr.results.rounding import rounded

__all__ = ["HIDDEN", "environment_rows", "flow_rows", "shown_count"]

#: Text in place of a large count from which a small count could be derived.
HIDDEN = "hidden"

STAGES = ("read", "filter", "learning", "estimation")

Row = dict[str, object]


def shown_count(count: int, min_cell: int) -> int | str:
    """Return a count, or ``<min_cell`` if it is small."""
    return f"<{min_cell}" if 0 < count < min_cell else count


def flow_rows(steps: Sequence[FlowStep], min_cell: int) -> list[Row]:
    """Return the rows of the flow of individuals and variants, without small counts and counts that would reveal them.

    The number in estimation is always shown. Backwards from there, the number before a step is shown only if it does
    not reveal how many individuals a small step removed. This is so if the steps in between removed no individuals, or
    if at least two steps, none of which is shown, removed at least ``min_cell`` individuals. The number that remains in
    learning is shown only if the number read is shown.

    Parameters
    ----------
    steps : sequence of FlowStep
        Steps of samples and variants. For samples, stages ``read`` and ``filter`` come before both ``learning`` and
        ``estimation``.
    min_cell : int
        Smallest count to show.

    Returns
    -------
    list of dict
        ``unit, stage, reason, removed, remaining`` of each step.
    """
    rows = [step.to_dict() for step in steps]
    places = {stage: [i for i, s in enumerate(steps) if s.unit == "samples" and s.stage == stage] for stage in STAGES}
    base = sorted(places["read"] + places["filter"])
    back = [*base, *places["estimation"]][::-1]
    for group, closed in _groups(steps, back, min_cell, ahead=False):
        _hide(rows, steps, group, min_cell, closed)
    for i in (i for i in places["learning"] if base and rows[base[-1]]["remaining"] == HIDDEN):
        rows[i] |= {"removed": shown_count(steps[i].removed, min_cell), "remaining": HIDDEN}
    if not base or rows[base[-1]]["remaining"] != HIDDEN:
        for group, closed in _groups(steps, places["learning"], min_cell, ahead=True):
            _hide(rows, steps, group, min_cell, closed)
    for row in rows:
        if row["unit"] == "samples" and isinstance(row["remaining"], int):
            row["remaining"] = shown_count(row["remaining"], min_cell)
    return rows


def _groups(
    steps: Sequence[FlowStep], order: list[int], min_cell: int, *, ahead: bool
) -> Iterator[tuple[list[tuple[int, int]], bool]]:
    """Yield groups of steps between two counts that may be shown, each step with that at its far end.

    Steps are read from the known end: backwards from the last step, or forwards from the first. A group is closed when
    its far end may be shown.
    """
    group: list[tuple[int, int]] = []
    for place, i in enumerate(order):
        far = i if ahead else order[place + 1] if place + 1 < len(order) else -1
        group.append((i, far))
        counts = [steps[j].removed for j, _ in group if steps[j].removed]
        if all(count >= min_cell for count in counts) or (len(counts) > 1 and sum(counts) >= min_cell):
            yield group, True
            group = []
    if group:
        yield group, False


def _hide(
    rows: list[Row], steps: Sequence[FlowStep], group: list[tuple[int, int]], min_cell: int, closed: bool
) -> None:
    """Hide the counts within a group, and in a closed group also the number that each step removed."""
    small = any(0 < steps[i].removed < min_cell for i, _ in group)
    for place, (i, far) in enumerate(group):
        count = shown_count(steps[i].removed, min_cell)
        rows[i]["removed"] = HIDDEN if closed and small and isinstance(count, int) and count else count
        if far >= 0:
            shown = closed and place == len(group) - 1
            rows[far]["remaining"] = steps[far].remaining if shown else HIDDEN


def environment_rows(dataset: Dataset, min_cell: int, *, learning: bool = True) -> list[Row]:
    """Count the individuals of each environment in estimation and in learning, and summarise their traits.

    With a binary outcome the table also counts cases and controls. Totals may be known from other sources. If a count
    is hidden in a column or a row, further counts are therefore hidden until the hidden counts are at least two and add
    to at least ``min_cell`` individuals.

    Parameters
    ----------
    dataset : Dataset
    min_cell : int
        Smallest count to show.
    learning : bool
        Whether the number in learning may be shown.

    Returns
    -------
    list of dict
        ``environment``, ``people``, for a binary outcome ``cases`` and ``controls``, ``learning``, and mean and
        standard deviation of exposures and outcome if the count is shown.
    """
    used = dataset.in_estimation
    groups = {"people": used}
    if dataset.outcome_type == "binary":
        groups |= {"cases": used & (dataset.y == 1), "controls": used & (dataset.y == 0)}
    counts = np.column_stack([_by_environment(dataset, members) for members in groups.values()])
    columns = dict(zip(groups, _shown(counts, min_cell).T, strict=True))
    trained = _by_environment(dataset, dataset.in_learning)
    if learning:
        apart = np.abs(trained - counts[:, 0])
        hidden = ((apart > 0) & (apart < min_cell)) | np.array([isinstance(c, str) for c in columns["people"]])
        columns["learning"] = _shown(trained[:, None], min_cell, hidden[:, None])[:, 0]
    traits = dict(zip(dataset.exposure_names, dataset.X.T, strict=True))
    if dataset.outcome_type == "continuous":
        traits[dataset.outcome_name] = dataset.y
    for name, values in traits.items():
        cells = [_summary(values[used & (dataset.env == e)], min_cell) for e in range(dataset.n_env)]
        columns[f"{name}, mean (sd)"] = np.where([isinstance(count, int) for count in columns["people"]], cells, HIDDEN)
    return [
        {"environment": name} | {column: _plain(cells[e]) for column, cells in columns.items()}
        for e, name in enumerate(dataset.env_names)
    ]


def _summary(values: NDArray[np.float64], min_cell: int) -> str:
    """Return mean and standard deviation, or ``hidden`` if they would reveal a small count of one of two levels."""
    if not len(values):
        return "-"
    levels, counts = np.unique(values, return_counts=True)
    if len(levels) <= 2 and counts.min() < min_cell:
        return HIDDEN
    sd = float(values.std())
    return f"{rounded(float(values.mean()), sd)} ({rounded(sd, sd)})"


def _plain(cell: object) -> object:
    return cell.item() if isinstance(cell, np.generic) else cell


def _by_environment(dataset: Dataset, members: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.bincount(dataset.env[members], minlength=dataset.n_env)


def _shown(counts: NDArray[np.int64], min_cell: int, hidden: NDArray[np.bool_] | None = None) -> NDArray[np.object_]:
    """Return counts as they may be shown. The first column is the sum of the other columns, if there are any."""
    small = (counts > 0) & (counts < min_cell)
    hidden = small.copy() if hidden is None else small | (hidden & (counts > 0))
    while True:
        before = hidden.copy()
        for column in range(counts.shape[1]):
            _complement(counts[:, column], hidden[:, column], min_cell)
        if counts.shape[1] > 1:
            for e in range(len(counts)):
                # one hidden count of a sum and its parts would follow from the rest
                _complement(counts[e], hidden[e], 0)
        if (hidden == before).all():
            break
    out = counts.astype(object)
    out[hidden] = HIDDEN
    out[small] = f"<{min_cell}"
    return out


def _complement(counts: NDArray[np.int64], hidden: NDArray[np.bool_], least: int) -> None:
    """Hide the smallest other counts until two counts are hidden, which add to at least ``least`` individuals."""
    while hidden.any() and (hidden.sum() < 2 or counts[hidden].sum() < least):
        others = np.flatnonzero(~hidden & (counts > 0))
        if not len(others):
            return
        hidden[others[np.argmin(counts[others])]] = True
