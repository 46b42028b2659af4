"""Distribution of the learned instruments: tests that it is the same in all environments and informative."""

from dataclasses import dataclass

import numpy as np

from latentmr.dependence.permutation import coordinates_of, differences, features_of
from latentmr.dependence.prediction import area_under_curve
from latentmr.diagnose.diagnosis_sample import HeldOut
from latentmr.diagnose.levels import OF_INSTRUMENTS
from latentmr.former_names import former_arguments
from latentmr.results.objects import TestResult
from latentmr.results.printing import ShortRepr

__all__ = ["COLLAPSED", "TOLERABLE_AREA", "TOLERABLE_DISTANCE", "Pair", "entropy", "invariance"]

#: Area under the curve for classifying environments up to which a difference of distributions is negligible.
TOLERABLE_AREA = 0.53
#: Standard deviation, relative to that of the widest coordinate, below which a coordinate has collapsed.
COLLAPSED = 1e-3
#: Maximum distance of a coordinate's distribution function from the uniform one without a warning.
TOLERABLE_DISTANCE = 0.1


@dataclass(frozen=True, repr=False)
class Pair(ShortRepr):
    """Comparison of the instruments between two environments.

    Parameters
    ----------
    first, second : str
        Names of the environments.
    ratio : float
        Squared distance of the mean features over its mean under permutations: 1 for equal distributions.
    p_value : float
        P-value, adjusted for the number of pairs.
    """

    first: str
    second: str
    ratio: float
    p_value: float


@former_arguments(people="sample")
def invariance(sample: HeldOut, draws: int, seed: int, *, linear: bool = False) -> tuple[list[TestResult], list[Pair]]:
    """Test that the instruments have the same distribution in all environments, jointly and in pairs.

    The null is that the distribution is the same in all environments. The statistic is a sum of squared maximum mean
    discrepancies (Gretton et al., 2012) over its mean under permutations of the environments, which keep clusters
    together. The effect size is the cross-validated area under the curve for classifying individuals into one
    environment or the others by their instruments. The p-values of pairs are adjusted for their number by the largest
    ratio of each permutation (Westfall and Young, 1993).

    Parameters
    ----------
    sample : HeldOut
        The diagnosis sample. Its former name, ``people``, still works.
    draws : int
        Number of permutations.
    seed : int
        Seed of the permutations.
    linear : bool
        Whether to compare only means, which is what the factor form implies: the variance of allele counts depends on
        their frequency, and therefore on the environment.

    Returns
    -------
    list of TestResult
        ``invariance``, and ``invariance, pairs`` with at least three environments. ``invariance`` fails if the p-value
        is below 1 % and the area is above 0.53, because in large samples a negligible difference also has a small
        p-value. ``invariance, pairs`` warns if ``invariance`` fails and the adjusted p-value of a pair is below 1 %.
    list of Pair
        All pairs, the most different first.
    """
    groups, what = len(sample.names), "mean" if linear else "distribution"
    null = f"the learned instruments have the same {what} in all environments"
    if groups < 2:
        reason = "the diagnosis sample has fewer than two environments: nothing to compare"
        return [TestResult("invariance", null, "not applicable", reason)], []
    rng = np.random.default_rng([seed, 7])
    features = coordinates_of(sample.Z) if linear else features_of(sample.Z, rng)
    if not features.shape[1]:
        return [TestResult("invariance", null, "not applicable", "the instruments do not vary")], []
    overall, by_pair = differences(features, sample.env, sample.units, draws, rng)
    area = area_under_curve(features, sample.env, sample.units, rng)
    ratio = overall.statistic / max(float(overall.draws.mean()), np.finfo(float).tiny)
    failed = overall.p_value < OF_INSTRUMENTS and area > TOLERABLE_AREA
    how = (
        f"the area under the curve for classifying environments is {area:.3f} (0.5: no better than chance),"
        f" p = {overall.p_value:.2g}"
    )
    tests = [
        TestResult(
            name="invariance",
            null=null,
            verdict="fail" if failed else "pass",
            reason=f"the distribution of the learned instruments differs between environments: {how}"
            if failed
            else how,
            statistic=ratio,
            df=f"{draws} permutations",
            p_value=overall.p_value,
            effect=area,
        )
    ]
    scale = np.array([max(float(found.draws.mean()), np.finfo(float).tiny) for *_, found in by_pair])
    largest = (np.array([found.draws for *_, found in by_pair]) / scale[:, None]).max(axis=0)
    pairs = []
    for (a, b, found), unit in zip(by_pair, scale, strict=True):
        value = found.statistic / unit
        adjusted = float((1 + (largest >= value * (1 - 1e-6)).sum()) / (1 + draws))
        pairs.append(Pair(sample.names[a], sample.names[b], float(value), adjusted))
    pairs.sort(key=lambda pair: -pair.ratio)
    if groups > 2:
        worst = pairs[0]
        apart = failed and worst.p_value < OF_INSTRUMENTS
        which = f"{worst.first} and {worst.second} differ most, {worst.ratio:.1f} times as much as expected by chance"
        tests.append(
            TestResult(
                name="invariance, pairs",
                null=f"the learned instruments have the same {what} in any two environments",
                verdict="warn" if apart else "pass",
                reason=f"{which} (p = {worst.p_value:.2g}, adjusted for {len(pairs)} pairs)",
                statistic=worst.ratio,
                df=f"{draws} permutations",
                p_value=worst.p_value,
                effect=worst.ratio,
            )
        )
    return tests, pairs


@former_arguments(people="sample")
def entropy(sample: HeldOut, bounded: bool) -> TestResult:
    """Look for uninformative coordinates of the instruments.

    The distribution of maximum entropy on the unit cube is the uniform one, which networks are trained to reach. The
    instruments of a linear encoder are not bounded, and are only checked for coordinates that do not vary.

    Parameters
    ----------
    sample : HeldOut
        The diagnosis sample. Its former name, ``people``, still works.
    bounded : bool
        Whether the instruments lie on the unit cube.

    Returns
    -------
    TestResult
        A result without a p-value. The effect size is the largest distance of a coordinate's distribution function from
        the uniform one; above 0.1 it gives a warning. For unbounded instruments it is the smallest standard deviation
        over the largest. A collapsed coordinate fails the test.
    """
    null = "every learned coordinate is uniform" if bounded else "every learned coordinate varies"
    if not sample.n:
        return TestResult("entropy", null, "not applicable", "the diagnosis sample has no individuals")
    sd = sample.Z.std(axis=0)
    relative = sd / sd.max() if sd.max() > 0 else sd
    worst = int(np.argmin(relative))
    if relative[worst] < COLLAPSED:
        reason = f"coordinate z{worst + 1} has collapsed: it does not vary and cannot be an instrument"
        return TestResult("entropy", null, "fail", reason, effect=float(relative[worst]))
    if not bounded:
        reason = f"no coordinate has collapsed: the narrowest has {relative[worst]:.2g} of the spread of the widest"
        return TestResult("entropy", null, "pass", reason, effect=float(relative[worst]))
    grid = (np.arange(sample.n) + 0.5) / sample.n
    distance = np.abs(np.sort(sample.Z, axis=0) - grid[:, None]).max(axis=0)
    most = int(np.argmax(distance))
    warned = bool(distance[most] > TOLERABLE_DISTANCE)
    size = f"z{most + 1} is the farthest of {sample.Z.shape[1]} from uniform, at a distance of {distance[most]:.3f}"
    reason = f"{size}: information is lost, or training was too short; use more steps" if warned else size
    return TestResult("entropy", null, "warn" if warned else "pass", reason, effect=float(distance[most]))
