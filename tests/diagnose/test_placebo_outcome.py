"""Results of the test of a negative-control outcome."""

import pytest

from latentmr.diagnose.placebo_outcome import placebo

FOUND = ("height", 3.2, "F(4, 995)", 0.012, 0.25)


@pytest.mark.parametrize(("alpha", "verdict"), [(0.05, "fail"), (0.01, "pass")])
def test_verdict(alpha, verdict):
    found = placebo(*FOUND, alpha)
    assert (found.name, found.verdict) == ("placebo: height", verdict)
    assert found.null == "the learned instruments are not associated with height given the adjustment"
    assert (found.statistic, found.df, found.p_value, found.effect) == FOUND[1:]
    assert "0.25 standard deviations" in found.reason
    assert ("they are confounded, or height is not a valid negative-control outcome" in found.reason) == (
        verdict == "fail"
    )
    assert ("no evidence" in found.reason) == (verdict == "pass")


@pytest.mark.parametrize(("count", "verdict"), [(1, "fail"), (4, "fail"), (5, "pass")])
def test_several_placebos_share_the_level(count, verdict):
    found = placebo(*FOUND, 0.05, count=count)
    assert (found.verdict, found.p_value) == (verdict, 0.012)
    assert found.reason.endswith(f"tested at 0.05 / {count}, for {count} negative-control outcomes (Bonferroni)") == (
        count > 1
    )


def test_without_an_effect():
    found = placebo(*FOUND[:4], None, 0.05)
    assert found.effect is None
    assert "standard deviations" not in found.reason


def test_not_applicable():
    found = placebo("height", None, "", None, None, 0.05, refusal="too few clusters")
    assert (found.verdict, found.reason, found.p_value) == ("not applicable", "too few clusters", None)
