"""What a method adds to its estimate has a type; names of the first release still answer."""

from collections.abc import Callable

import numpy as np
import pytest

from latentmr.results.objects import Details, Estimate
from latentmr.two_sample import methods
from latentmr.two_sample.methods import Egger, Ivw, Presso, Radial, WaldRatio, multivariable

RNG = np.random.default_rng(0)
GAMMA = RNG.uniform(0.05, 0.2, 12)
ARRAYS = GAMMA, 0.5 * GAMMA + 0.01 * RNG.normal(size=12), np.full(12, 0.01), np.full(12, 0.01)


@pytest.mark.parametrize(
    ("method", "kind"),
    [(methods.ivw, Ivw), (methods.egger, Egger), (methods.presso, Presso), (methods.radial_ivw, Radial)],
)
def test_what_a_method_adds_has_a_type(method: Callable[..., Estimate], kind: type[Details]) -> None:
    found = method(*ARRAYS)
    assert type(found) is Estimate
    assert type(found.details) is kind
    assert (found.instruments, found.exposure, found.n, found.k) == ("G", "", None, 12)


def test_what_does_not_apply_is_none() -> None:
    assert methods.ivw(*ARRAYS).details.f_mean > 10
    several = multivariable.ivw(
        np.column_stack([ARRAYS[0], RNG.normal(size=12)]), ARRAYS[1], np.ones((12, 2)), ARRAYS[3]
    )
    assert [each.details.f_mean for each in several] == [None, None]
    assert "f_mean" not in several[0].details.numbers()
    with pytest.raises(ValueError, match="beta must be asked of one exposure. Got estimates of 2"):
        _ = several.beta


def test_former_names_answer_and_say_what_they_are_now() -> None:
    found = methods.radial_ivw(*ARRAYS)
    with pytest.warns(DeprecationWarning, match=r"Estimate.extra is now Estimate.details"):
        assert found.extra["q_statistic"] == found.details.q_statistic
    with pytest.warns(DeprecationWarning, match=r"Estimate.variants is now Estimate.details"):
        assert list(found.variants) == ["q", "q_p_value", "outlier"]
    with pytest.warns(DeprecationWarning, match=r"Estimate.n_variants is now Estimate.k"):
        assert found.n_variants == 12
    assert methods.SummaryEffect is Estimate


def test_estimates_are_equal_whatever_their_details() -> None:
    one, other = (methods.presso(*ARRAYS, draws=50) for _ in range(2))
    assert one == other
    assert one.details is not other.details


def test_details_print_their_names() -> None:
    assert repr(methods.wald_ratio(0.2, 0.1, 0.01, 0.02).details) == repr(WaldRatio(f_statistic=400.0))
