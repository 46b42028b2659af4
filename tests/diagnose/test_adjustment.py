"""The primary estimate beside the one adjusted for the residual latents."""

import pytest

from latentmr.diagnose.primary_estimate import adjustment
from latentmr.results.objects import Estimate


def row(beta: float, se: float = 0.1) -> Estimate:
    labels = {"method": "LIML", "instruments": "learned", "adjustment": "env", "basis": "linear", "exposure": "x"}
    return Estimate(**labels, beta=beta, se=se, se_type="HC1", alpha=0.05, n=100, k=5)


@pytest.mark.parametrize(
    ("beta", "verdict"), [(1.0, "pass"), (1.299, "pass"), (0.701, "pass"), (1.301, "warn"), (0.5, "warn")]
)
def test_difference_in_standard_errors_of_the_primary_estimate(beta: float, verdict: str) -> None:
    found = adjustment(row(1.0), row(beta, se=99.0))
    assert found.verdict == verdict
    assert found.effect == pytest.approx((beta - 1.0) / 0.1)
    assert f"{beta:.4g}" in found.reason
    assert ("report both" in found.reason) == (verdict == "warn")
    assert found.p_value is None


def test_without_residual_latents() -> None:
    found = adjustment(row(1.0), None)
    assert found.verdict == "not applicable"
    assert found.reason == "there are no residual latents to adjust for"
