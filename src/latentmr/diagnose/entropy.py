"""Did a learned coordinate collapse, and are those on the unit interval uniform?"""

import numpy as np

from latentmr.diagnose.diagnosis_sample import HeldOut
from latentmr.results.objects import TestResult

__all__ = ["COLLAPSED", "TOLERABLE_DISTANCE", "entropy"]

#: Standard deviation, over that of the widest coordinate, under which a coordinate has collapsed.
COLLAPSED = 1e-3
#: Distance of a coordinate's distribution function from the uniform one up to which it counts as spread out.
TOLERABLE_DISTANCE = 0.1


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
