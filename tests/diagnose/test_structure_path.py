"""Do genome-wide components beyond those taken change the estimate?"""

from dataclasses import replace

import pytest
from scipy.stats import norm

from latentmr.diagnose.structure_path import PathPoint, remaining_structure


def point(components: int, change: float, se_change: float) -> PathPoint:
    return PathPoint(components, 0.5 + change, 0.1, change, se_change)


TAKEN = point(10, 0.0, 0.0)


@pytest.mark.parametrize(
    ("change", "se_change", "verdict"),
    [
        (0.3, 0.02, "warn"),
        (-0.3, 0.02, "warn"),
        # certain, but at most half a standard error of the estimate
        (0.05, 0.001, "pass"),
        # large, but no larger than chance makes it
        (0.3, 0.15, "pass"),
        (0.0, 0.0, "pass"),
    ],
)
def test_a_change_warns_if_it_is_certain_and_matters(change: float, se_change: float, verdict: str) -> None:
    found = remaining_structure([TAKEN, point(20, change, se_change)], 10, 0.1, 0.001)
    assert found.name == "hidden factors"
    assert found.verdict == verdict
    assert found.effect == pytest.approx(abs(change) / 0.1)
    assert ("structure remains that confounds" in found.reason) == (verdict == "warn")
    ratio = abs(change) / se_change if se_change else 0.0
    assert found.statistic == pytest.approx(ratio)
    assert found.p_value == pytest.approx(2 * norm.sf(ratio))
    assert found.df == "normal"


def test_one_point_must_be_certain_and_matter() -> None:
    # one is certain and the other matters
    path = [TAKEN, point(15, 0.04, 0.001), point(20, 0.3, 0.2)]
    found = remaining_structure(path, 10, 0.1, 0.001)
    assert found.verdict == "pass"
    # the reason is about the largest change
    assert found.reason.startswith("with 20 genome-wide components instead of 10, the estimate is 0.8, a change of 3.0")


def test_the_reason_is_about_the_clearest_change_that_matters() -> None:
    path = [TAKEN, point(12, 0.04, 0.001), point(15, 0.2, 0.02), point(20, 0.25, 0.05)]
    found = remaining_structure(path, 10, 0.1, 0.001)
    assert found.verdict == "warn"
    assert found.reason.startswith("with 15 genome-wide components instead of 10, the estimate is 0.7")
    assert found.statistic == pytest.approx(40.0)


def test_the_p_value_grows_with_the_number_of_points() -> None:
    path = [point(10 + j, 0.2, 0.08) for j in range(1, 6)]
    one = remaining_structure(path[:1], 10, 0.1, 0.001)
    five = remaining_structure(path, 10, 0.1, 0.001)
    assert five.p_value == pytest.approx(5 * one.p_value)
    assert five.df == "largest of 5 normals"
    many = remaining_structure([replace(path[0], se_change=1.0)] * 9, 10, 0.1, 0.001)
    assert many.p_value == 1.0


def test_fewer_components_do_not_count() -> None:
    path = [point(0, 5.0, 0.01), TAKEN, point(20, 0.01, 0.02)]
    assert remaining_structure(path, 10, 0.1, 0.001) == remaining_structure(path[1:], 10, 0.1, 0.001)
    assert remaining_structure(path, 10, 0.1, 0.001).verdict == "pass"


def test_units_do_not_matter() -> None:
    path = [TAKEN, point(20, 0.3, 0.02), point(30, 0.1, 0.05)]
    scaled = [PathPoint(p.components, *(7 * x for x in (p.beta, p.se, p.change, p.se_change))) for p in path]
    one, other = (remaining_structure(x, 10, se, 0.001) for x, se in ((path, 0.1), (scaled, 0.7)))
    assert (other.verdict, other.statistic, other.effect, other.p_value) == pytest.approx(
        (one.verdict, one.statistic, one.effect, one.p_value)
    )
