"""What a method adds to its estimate has a type; names of the first release still answer."""

from collections.abc import Callable
from dataclasses import replace

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


MANY = np.random.default_rng(1).uniform(0.05, 0.2, 3000)
ROWS = MANY, 0.5 * MANY + 0.01 * RNG.normal(size=3000), np.full(3000, 0.01), np.full(3000, 0.01)


def test_details_show_arrays_by_their_shapes() -> None:
    shown = repr(methods.raps(*ARRAYS).details)
    assert shown.startswith("Raps(tau2=")
    assert shown.endswith("naive_se=None, residual=array of shape (12,))")
    few = repr(methods.contamination_mixture([0.1, 0.2, 0.3], [0.05, 0.1, 0.45], [0.01] * 3, [0.01] * 3).details)
    assert few.endswith("n_valid=2, valid=array of shape (3,))")


@pytest.mark.parametrize(
    "found",
    [
        methods.presso(*ROWS, draws=10),
        methods.radial_ivw(*ROWS, draws=0),
        methods.raps(*ROWS),
        methods.lasso(*ROWS),
        methods.contamination_mixture(*ROWS),
        methods.egger(*ROWS),
        methods.egger_bootstrap(*ROWS, draws=10),
        methods.grip(*ROWS),
        methods.median(*ROWS, draws=10),
        methods.mode(*ROWS, draws=10),
        methods.divw(*ROWS),
        methods.maximum_likelihood(*ROWS),
        methods.anderson_rubin(*ROWS),
        multivariable.ivw(ROWS[0][:, None], ROWS[1], ROWS[2][:, None], ROWS[3])[0],
    ],
    ids=lambda found: found.method,
)
def test_details_of_many_variants_print_short(found: Estimate) -> None:
    for text in (repr(found.details), str(found.details)):
        assert text.startswith(f"{type(found.details).__name__}(")
        assert len(text) < 1000
        assert "\n" not in text
        assert "array([" not in text


def test_other_results_print_short() -> None:
    half = np.full(3000, 0.01)
    checked = multivariable.check_several(ROWS[0][:, None], ROWS[1], ROWS[2][:, None], ROWS[3], names=["ldl"])
    objects = [
        methods.single_variants(*ROWS),
        methods.rucker(*ROWS),
        methods.steiger_filter(half, half / 2, 10_000, 10_000),
        methods.steiger([0.1], [0.05], 10_000, 10_000),
        methods.Settings(n_exposure=(1000.0,) * 3),
        checked,
        *methods.METHODS.values(),
    ]
    for each in objects:
        text = repr(each)
        assert len(text) < 1000
        assert "array([" not in text
        assert " at 0x" not in text
    assert repr(methods.METHODS["ivw"]) == "Method('IVW (random effects)')"
    assert "names=('ldl',), exposure_correlation=array of shape (1, 1), correlation=None" in repr(checked)


def test_a_reason_for_a_missing_number_is_a_text() -> None:
    found = methods.radial_ivw(*ARRAYS, draws=0).details
    assert found.texts() == {}
    told = replace(found, exact_fixed=float("nan"), not_converged="too weak")
    assert told.texts() == {"not_converged": "too weak"}
