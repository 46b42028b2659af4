"""The law of the learned instruments: is it the same in all environments, and does it carry information?"""

from dataclasses import dataclass

import numpy as np

from latentmr.dependence.permutation import coordinates_of, differences, features_of
from latentmr.dependence.prediction import area_under_curve
from latentmr.diagnose.diagnosis_sample import HeldOut
from latentmr.diagnose.levels import OF_INSTRUMENTS
from latentmr.results.objects import TestResult

__all__ = ["COLLAPSED", "TOLERABLE_AREA", "TOLERABLE_DISTANCE", "Pair", "entropy", "invariance"]

#: Area under the curve of telling environments apart up to which a difference of laws is harmless.
TOLERABLE_AREA = 0.53
#: Standard deviation, over that of the widest coordinate, under which a coordinate has collapsed.
COLLAPSED = 1e-3
#: Distance of a coordinate's distribution function from the uniform one up to which it counts as spread out.
TOLERABLE_DISTANCE = 0.1


@dataclass(frozen=True)
class Pair:
    """Two environments compared.

    Parameters
    ----------
    first, second : str
    ratio : float
        Squared distance of the mean features over its mean under permutations: 1 for equal laws.
    p_value : float
        Adjusted for the number of pairs.
    """

    first: str
    second: str
    ratio: float
    p_value: float


def invariance(people: HeldOut, draws: int, seed: int, *, linear: bool = False) -> tuple[list[TestResult], list[Pair]]:
    """Test the instruments' laws against each other, all environments at once and in pairs.

    The null is one law in all environments. The statistic is a sum of squared maximum mean discrepancies (Gretton et
    al., 2012), over its mean under permutations of the environments, whole clusters at once. The effect size is the
    cross-validated area under the curve of telling an environment from the others by the instruments. Pairs are
    adjusted for their number by the largest ratio of each permutation (Westfall and Young, 1993).

    Parameters
    ----------
    people : HeldOut
    draws : int
        Permutations.
    seed : int
    linear : bool
        Compare means alone. They are what the factor form promises: the variance of allele counts depends on their
        frequency, and so on the environment.

    Returns
    -------
    list of TestResult
        ``invariance``, and ``invariance, pairs`` with three environments or more. They fail if the p-value is under
        1 % and the area above 0.53: with many people a harmless difference has a small p-value too.
    list of Pair
        The most different first.
    """
    groups, what = len(people.names), "mean" if linear else "law"
    null = f"the learned instruments have the same {what} in all environments"
    if groups < 2:
        reason = "fewer than two environments among the people set aside for diagnosis: nothing to compare"
        return [TestResult("invariance", null, "not applicable", reason)], []
    rng = np.random.default_rng([seed, 7])
    features = coordinates_of(people.Z) if linear else features_of(people.Z, rng)
    if not features.shape[1]:
        return [TestResult("invariance", null, "not applicable", "the instruments do not vary")], []
    overall, by_pair = differences(features, people.env, people.units, draws, rng)
    area = area_under_curve(features, people.env, people.units, rng)
    ratio = overall.statistic / max(float(overall.draws.mean()), np.finfo(float).tiny)
    failed = overall.p_value < OF_INSTRUMENTS and area > TOLERABLE_AREA
    how = f"area under the curve of telling environments apart {area:.3f} (0.5: not at all), p = {overall.p_value:.2g}"
    tests = [
        TestResult(
            name="invariance",
            null=null,
            verdict="fail" if failed else "pass",
            reason=f"the learned instruments tell environments apart: {how}" if failed else how,
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
        pairs.append(Pair(people.names[a], people.names[b], float(value), adjusted))
    pairs.sort(key=lambda pair: -pair.ratio)
    if groups > 2:
        worst = pairs[0]
        apart = failed and worst.p_value < OF_INSTRUMENTS
        which = f"{worst.first} and {worst.second} differ most, {worst.ratio:.1f} times what chance does"
        tests.append(
            TestResult(
                name="invariance, pairs",
                null=f"the learned instruments have the same {what} in every two environments",
                verdict="warn" if apart else "pass",
                reason=f"{which} (p = {worst.p_value:.2g}, adjusted for {len(pairs)} pairs)",
                statistic=worst.ratio,
                df=f"{draws} permutations",
                p_value=worst.p_value,
                effect=worst.ratio,
            )
        )
    return tests, pairs


def entropy(people: HeldOut, bounded: bool) -> TestResult:
    """Look for coordinates that carry nothing.

    The law of largest entropy on the unit cube is the uniform one, which networks aim at; instruments of a linear
    encoder are not bounded, and only looked at for coordinates that do not vary.

    Parameters
    ----------
    people : HeldOut
    bounded : bool
        Whether instruments lie on the unit cube.

    Returns
    -------
    TestResult
        Without a p-value. The effect size is the largest distance of a coordinate's distribution function from the
        uniform one, above 0.1 a warning; without bounds the smallest standard deviation over the largest. A coordinate
        that collapsed fails.
    """
    null = "every learned coordinate is uniform" if bounded else "every learned coordinate varies"
    if not people.n:
        return TestResult("entropy", null, "not applicable", "nobody was set aside for diagnosis")
    sd = people.Z.std(axis=0)
    relative = sd / sd.max() if sd.max() > 0 else sd
    worst = int(np.argmin(relative))
    if relative[worst] < COLLAPSED:
        reason = f"coordinate z{worst + 1} collapsed: it does not vary, and is no instrument"
        return TestResult("entropy", null, "fail", reason, effect=float(relative[worst]))
    if not bounded:
        reason = f"no coordinate collapsed: the narrowest has {relative[worst]:.2g} of the spread of the widest"
        return TestResult("entropy", null, "pass", reason, effect=float(relative[worst]))
    grid = (np.arange(people.n) + 0.5) / people.n
    distance = np.abs(np.sort(people.Z, axis=0) - grid[:, None]).max(axis=0)
    most = int(np.argmax(distance))
    warned = bool(distance[most] > TOLERABLE_DISTANCE)
    size = f"z{most + 1} is {distance[most]:.3f} from uniform, the farthest of {people.Z.shape[1]}"
    reason = f"{size}: information is thrown away, or training was too short; try more steps" if warned else size
    return TestResult("entropy", null, "warn" if warned else "pass", reason, effect=float(distance[most]))
