"""How many exogenous dimensions there are: short flows, one for each number, compared on people held out."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from latentmr.data import Dataset
from latentmr.dependence.permutation import features_of
from latentmr.dependence.prediction import area_under_curve
from latentmr.learn.flow.recipe import flow_recipe
from latentmr.learn.flow.settings import FlowSettings
from latentmr.learn.learner import Progress, Watch
from latentmr.learn.training.batches import Batches
from latentmr.learn.training.descent import People, array_of
from latentmr.learn.training.settings import NetworkSettings
from latentmr.learn.training.starts import MOST_PEOPLE
from latentmr.learn.training.train import one_thread
from latentmr.results.history import History, NumberTried

__all__ = ["Candidate", "discrete_column", "largest_accepted", "number_of_instruments", "with_chosen_number"]

#: Steps of the training for each number: the likelihood tells numbers apart long before it has converged.
STEPS = 400
#: Nats per person that the likelihood may lie under the best: what optimisation alone leaves after so few steps.
TOLERABLE_LOSS = 0.08
#: Area under the curve up to which environments count as alike in the instruments.
TOLERABLE_AREA = 0.6
#: Up to this many numbers, all are tried.
ALL_UP_TO = 8
#: Standard errors of the difference in likelihood that count as noise.
NOISE = 2.0
#: People whose values are counted, to see whether a column is discrete.
LOOKED_AT = 2000
#: A continuous column that takes no more values among them is discrete.
FEW_VALUES = 10
RULE = (
    f"largest k whose held-out likelihood is within {TOLERABLE_LOSS:g} nats (or {NOISE:g} standard errors) of those"
    f" accepted before, and whose instruments tell environments apart with an area under the curve up to"
    f" {TOLERABLE_AREA:g}"
)


@dataclass(frozen=True)
class Candidate:
    """A number of instruments.

    Parameters
    ----------
    k : int
    log_likelihood : np.ndarray of dimension (n,)
        Of each person held out, in nats.
    area : float
        Cross-validated, of telling environments apart by the instruments.
    """

    k: int
    log_likelihood: np.ndarray
    area: float

    def accepted(self, others: list["Candidate"]) -> bool:
        """Whether this number loses nothing against those that were accepted."""
        if self.area > TOLERABLE_AREA:
            return False
        for other in others:
            loss = other.log_likelihood - self.log_likelihood
            noise = NOISE * float(loss.std()) / np.sqrt(len(loss))
            if float(loss.mean()) > max(TOLERABLE_LOSS, noise):
                return False
        return True


def largest_accepted(evaluate: Callable[[int], Candidate], most: int) -> tuple[int, list[NumberTried]]:
    """Find the largest number that is accepted: of few all are tried, of many bisection tries some.

    Parameters
    ----------
    evaluate : callable
    most : int
        Largest number to try.

    Returns
    -------
    int
        At least 1.
    list of NumberTried
        In increasing order.
    """
    accepted: list[Candidate] = []
    rows: list[NumberTried] = []

    def good(k: int) -> bool:
        found = evaluate(k)
        passed = found.accepted(accepted)
        rows.append(_row(found, passed))
        if passed:
            accepted.append(found)
        return passed

    if most <= ALL_UP_TO:
        # a single number may fail by a bad optimum: two in a row are too many
        refused = 0
        for k in range(1, most + 1):
            refused = 0 if good(k) else refused + 1
            if refused == 2:
                break
    else:
        low, high = 1, most + 1
        good(low)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if good(middle) else (low, middle)
    return max((found.k for found in accepted), default=1), sorted(rows, key=lambda row: row.k)


def number_of_instruments(people: People, seed: int, watch: Watch | None) -> tuple[int, History]:
    """Choose the number of instruments.

    With as many as there are exogenous dimensions, or fewer, one law of the instruments for all environments costs no
    likelihood; with more, it does.

    Parameters
    ----------
    people : People
    seed : int
    watch : callable or None

    Returns
    -------
    int
    History
        The rule and the curve, for the saved model.
    """
    batches = people.batches.first(MOST_PEOPLE)
    d = people.start.weights.shape[1]
    most = max(1, d - 1)
    total = most if most <= ALL_UP_TO else int(np.ceil(np.log2(most))) + 1
    done = 0

    def evaluate(k: int) -> Candidate:
        nonlocal done
        found = _candidate(people, batches, k, seed)
        done += 1
        if watch is not None:
            nats = float(found.log_likelihood.mean())
            watch(Progress("choosing k", min(done, total), total, {"k": float(k), "nats": -nats}))
        return found

    with one_thread():
        k, curve = largest_accepted(evaluate, most)
    if watch is not None and done < total:  # the search ended early
        watch(Progress("choosing k", total, total, {"k": float(k)}))
    return k, History(rule=RULE, k_curve=tuple(curve))


def with_chosen_number(settings: NetworkSettings, people: People, watch: Watch | None) -> tuple[People, History]:
    """Choose the number of instruments where it was left to find, outside the factor form.

    Returns
    -------
    People
        Whose start has it.
    History
        The rule and the curve; nothing where the number was given.
    """
    if settings.number is not None or people.start.representation.form == "factor":
        return people, History()
    k, chosen = number_of_instruments(people, settings.seed, watch)
    return replace(people, start=replace(people.start, k=k)), chosen


def discrete_column(dataset: Dataset) -> tuple[str, int] | None:
    """Look for a column without a density, whose likelihood has no bound: the first that takes few values.

    Parameters
    ----------
    dataset : Dataset
        Some people in learning are looked at.

    Returns
    -------
    (str, int) or None
        Its name, and how many values it takes.
    """
    rows = np.flatnonzero(dataset.in_learning)[:: max(1, int(dataset.in_learning.sum()) // LOOKED_AT)]
    for name, column in zip(dataset.variants["id"], dataset.G[rows].T, strict=True):
        values = len(np.unique(column))
        if 1 < values <= FEW_VALUES < len(rows) // 2:
            return str(name), values
    return None


def _candidate(people: People, batches: Batches, k: int, seed: int) -> Candidate:
    settings = FlowSettings(k=k, steps=STEPS, starts=1, seed=seed)
    recipe = flow_recipe(settings, replace(people, start=replace(people.start, k=k)))
    training = recipe(0, batches)
    try:
        training.run()
    except FloatingPointError:  # no number of instruments to believe in, if this one cannot be trained
        return Candidate(k, np.full(len(batches.held_out.inputs), -np.inf), 1.0)
    if training.stopped.startswith("interrupted"):
        raise KeyboardInterrupt
    network, held_out = training.best(), batches.held_out
    z = array_of(network.outputs(held_out.inputs)[:, :k])
    env = np.repeat(np.arange(len(held_out.sizes)), held_out.sizes)
    rng = np.random.default_rng([seed, 6])
    area = area_under_curve(features_of(z, rng), env, np.arange(len(env)), rng)
    # the objective leaves out the constants of normal laws, one for each residual latent
    constant = 0.5 * np.log(2 * np.pi) * (network.d - k)
    return Candidate(k, array_of(network.log_likelihoods(held_out)) - constant, area)


def _row(found: Candidate, accepted: bool) -> NumberTried:
    nats = None if not np.isfinite(found.log_likelihood).all() else -float(found.log_likelihood.mean())
    return NumberTried(k=found.k, nats=nats, area=found.area, accepted=accepted)
