"""Find the number of exogenous dimensions by short flows, one for each number, compared on held-out individuals."""

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
from latentmr.learn.training.descent import LearningSample, array_of
from latentmr.learn.training.settings import NetworkSettings
from latentmr.learn.training.starts import MOST_INDIVIDUALS
from latentmr.learn.training.train import one_thread
from latentmr.results.history import History, NumberTried

__all__ = ["Candidate", "discrete_column", "largest_accepted", "number_of_instruments", "with_chosen_number"]

#: Number of training steps for each candidate; the likelihoods of candidates differ clearly long before convergence.
STEPS = 400
#: Tolerated loss of likelihood in nats per individual; optimisation alone leaves this much after so short a training.
TOLERABLE_LOSS = 0.08
#: Area under the curve up to which the instruments count as equally distributed in all environments.
TOLERABLE_AREA = 0.6
#: Maximum number of candidates that are all tried.
ALL_UP_TO = 8
#: Number of standard errors of the difference in likelihood that count as noise.
NOISE = 2.0
#: Number of individuals whose values are counted, to detect discrete columns.
LOOKED_AT = 2000
#: A continuous column that takes at most this many values among them is discrete.
FEW_VALUES = 10
RULE = (
    f"largest k whose held-out likelihood is within {TOLERABLE_LOSS:g} nats (or {NOISE:g} standard errors) of those"
    f" accepted before, and whose instruments predict the environment with an area under the curve up to"
    f" {TOLERABLE_AREA:g}"
)


@dataclass(frozen=True)
class Candidate:
    """A candidate number of instruments.

    Parameters
    ----------
    k : int
        Number of instruments.
    log_likelihood : np.ndarray of dimension (n,)
        Log-likelihood of each held-out individual, in nats.
    area : float
        Cross-validated area under the curve with which the instruments predict the environment.
    """

    k: int
    log_likelihood: np.ndarray
    area: float

    def accepted(self, others: list["Candidate"]) -> bool:
        """Return whether this number loses nothing compared with the numbers that were accepted."""
        if self.area > TOLERABLE_AREA:
            return False
        for other in others:
            loss = other.log_likelihood - self.log_likelihood
            noise = NOISE * float(loss.std()) / np.sqrt(len(loss))
            if float(loss.mean()) > max(TOLERABLE_LOSS, noise):
                return False
        return True


def largest_accepted(evaluate: Callable[[int], Candidate], most: int) -> tuple[int, list[NumberTried]]:
    """Find the largest number that is accepted, by trying all of a few candidates or by bisection of many.

    Parameters
    ----------
    evaluate : callable
        Function that returns the candidate of a number.
    most : int
        Largest number to try.

    Returns
    -------
    int
        The number found, at least 1.
    list of NumberTried
        Numbers tried, in increasing order.
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
        # a single number can fail through a bad optimum; two failures in a row end the search
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


def number_of_instruments(sample: LearningSample, seed: int, watch: Watch | None) -> tuple[int, History]:
    """Choose the number of instruments.

    One distribution of the instruments for all environments costs no likelihood if the number is at most the number of
    exogenous dimensions. It costs likelihood if the number is larger.

    Parameters
    ----------
    sample : LearningSample
    seed : int
    watch : callable or None

    Returns
    -------
    int
        The number of instruments.
    History
        The rule and the curve, for the saved model.
    """
    batches = sample.batches.first(MOST_INDIVIDUALS)
    d = sample.start.weights.shape[1]
    most = max(1, d - 1)
    total = most if most <= ALL_UP_TO else int(np.ceil(np.log2(most))) + 1
    done = 0

    def evaluate(k: int) -> Candidate:
        nonlocal done
        found = _candidate(sample, batches, k, seed)
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


def with_chosen_number(
    settings: NetworkSettings, sample: LearningSample, watch: Watch | None
) -> tuple[LearningSample, History]:
    """Choose the number of instruments if it was left open, outside the factor form.

    Returns
    -------
    LearningSample
        The individuals, with the number in their linear solution.
    History
        The rule and the curve; empty if the number was given.
    """
    if settings.number is not None or sample.start.representation.form == "factor":
        return sample, History()
    k, chosen = number_of_instruments(sample, settings.seed, watch)
    return replace(sample, start=replace(sample.start, k=k)), chosen


def discrete_column(dataset: Dataset) -> tuple[str, int] | None:
    """Return the first column that takes few values: it has no density, and its likelihood has no bound.

    Parameters
    ----------
    dataset : Dataset
        Data set; some of the individuals marked for learning are examined.

    Returns
    -------
    (str, int) or None
        Name of the column, and the number of values that it takes.
    """
    rows = np.flatnonzero(dataset.in_learning)[:: max(1, int(dataset.in_learning.sum()) // LOOKED_AT)]
    for name, column in zip(dataset.variants["id"], dataset.G[rows].T, strict=True):
        values = len(np.unique(column))
        if 1 < values <= FEW_VALUES < len(rows) // 2:
            return str(name), values
    return None


def _candidate(sample: LearningSample, batches: Batches, k: int, seed: int) -> Candidate:
    settings = FlowSettings(k=k, steps=STEPS, starts=1, seed=seed)
    recipe = flow_recipe(settings, replace(sample, start=replace(sample.start, k=k)))
    training = recipe(0, batches)
    try:
        training.run()
    except FloatingPointError:  # a number that cannot be trained is not accepted
        return Candidate(k, np.full(len(batches.held_out.inputs), -np.inf), 1.0)
    if training.stopped.startswith("interrupted"):
        raise KeyboardInterrupt
    network, held_out = training.best(), batches.held_out
    z = array_of(network.outputs(held_out.inputs)[:, :k])
    env = np.repeat(np.arange(len(held_out.sizes)), held_out.sizes)
    rng = np.random.default_rng([seed, 6])
    area = area_under_curve(features_of(z, rng), env, np.arange(len(env)), rng)
    # the objective leaves out the constants of normal distributions, one for each residual latent
    constant = 0.5 * np.log(2 * np.pi) * (network.d - k)
    return Candidate(k, array_of(network.log_likelihoods(held_out)) - constant, area)


def _row(found: Candidate, accepted: bool) -> NumberTried:
    nats = None if not np.isfinite(found.log_likelihood).all() else -float(found.log_likelihood.mean())
    return NumberTried(k=found.k, nats=nats, area=found.area, accepted=accepted)
