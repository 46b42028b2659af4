"""Every test of the textbook on arrays, and on a problem made of them: one result, one signature, one refusal."""

import inspect

import numpy as np
import pandas as pd
import pytest

import latentmr as lm
from latentmr.iv import Fit, Problem

#: Options of each test, other than its defaults.
TESTS = {
    "anderson_rubin_lr": {"alpha": 0.2},
    "basmann": {"form": "F", "estimator": "LIML"},
    "conditional_f": {},
    "cragg_donald": {"form": "lm"},
    "durbin": {"alpha": 0.2},
    "effective_f": {"tau": 0.2, "generalised": True},
    "endogeneity_score": {"alpha": 0.2},
    "endogeneity_wald": {"alpha": 0.2},
    "first_stage_f": {"robust": False},
    "kleibergen_paap": {"form": "lm"},
    "partial_r2": {},
    "robust_overidentification": {"alpha": 0.2},
    "sargan": {"estimator": "LIML"},
    "shea_partial_r2": {},
    "wu_hausman": {"alpha": 0.2},
}
#: Those that take a fit, which has no rows.
ON_FITS = sorted(set(TESTS) - {"endogeneity_score", "endogeneity_wald"})


@pytest.fixture(params=TESTS)
def name(request):
    return request.param


def sample(n=300, k=4):
    rng = np.random.default_rng(0)
    Z, C = rng.normal(size=(n, k)), rng.normal(size=(n, 2))
    u = rng.normal(size=n) * np.exp(0.3 * Z[:, 0])
    x = 0.5 * Z.sum(axis=1) + C[:, 0] + u + rng.normal(size=n)
    return Z, x, 0.5 * x + u + C[:, 1] + rng.normal(size=n), C


def same(one, other):
    if isinstance(one, np.ndarray):
        assert np.array_equal(one, other)
    else:
        assert one == other


@pytest.mark.parametrize("errors", [{}, {"se": "homoskedastic"}, {"se": "HC0"}, {"cluster": np.arange(300) % 40}])
def test_arrays_and_problem_give_one_result(name, errors):
    test, options = getattr(lm, name), TESTS[name]
    posed = lm.problem(*sample(), **errors)
    same(test(*sample(), **errors), test(posed))
    same(test(*sample(), **errors, **options), test(posed, **options))
    same(test(posed=posed), test(posed))
    same(test(Z=posed, se=None), test(posed))


@pytest.mark.parametrize("name", ON_FITS)
def test_a_fit_with_its_reduced_form_stands_for_its_problem(name):
    posed = lm.problem(*sample(), se="homoskedastic")
    same(getattr(lm, name)(posed.fit), getattr(lm, name)(posed))


def test_positions_and_names_are_those_of_tsls(name):
    Z, x, y, C = sample()
    test = getattr(lm, name)
    same(test(y=y, C=C, Z=Z, x=x), test(Z, x, y, C))
    signature, model = inspect.signature(test).parameters, inspect.signature(lm.tsls).parameters
    assert list(signature)[:4] == list(model)[:4] == ["Z", "x", "y", "C"]
    for shared in ("Z", "x", "y", "C", "se", "cluster"):
        assert (signature[shared].kind, signature[shared].default) == (model[shared].kind, model[shared].default)
    assert set(TESTS[name]) <= set(signature)
    assert "problem" in test.__doc__


def numbers(found):
    if isinstance(found, np.ndarray):
        return found
    return np.array([value for test in np.atleast_1d(found) for value in (test.statistic, test.p_value, test.effect)])


def test_data_frames_and_lists(name):
    Z, x, y, C = sample()
    test = getattr(lm, name)
    frame = pd.DataFrame(np.column_stack([Z, C]), columns=[*"abcd", *"ef"])
    framed = test(frame[list("abcd")], pd.Series(x, name="ldl"), pd.Series(y), frame[["e", "f"]])
    want = pytest.approx(numbers(test(Z, x, y, C)), rel=1e-10)  # blocks of a frame have another order in memory
    assert numbers(framed) == want
    assert numbers(test(Z.tolist(), x.tolist(), tuple(y), C.tolist())) == want


def test_a_data_frame_names_the_exposures():
    Z, x, y, C = sample()
    pair = pd.DataFrame({"ldl": x, "hdl": Z[:, 0] + C[:, 0] + np.random.default_rng(1).normal(size=300)})
    assert [found.name for found in lm.conditional_f(Z, pair, y, C)] == ["conditional_f (ldl)", "conditional_f (hdl)"]


@pytest.mark.parametrize(
    ("beside", "more", "got"),
    [
        (("x",), {}, "x"),
        (("x", "y", "C"), {}, "x, y, C"),
        ((), {"y": 1}, "y"),
        ((), {"se": "HC0", "cluster": 1}, "se, cluster"),
    ],
)
def test_a_problem_stands_alone(name, beside, more, got):
    arrays = dict(zip("ZxyC", sample(), strict=True))
    more = {key: arrays["x"] if value == 1 else value for key, value in more.items()}
    with pytest.raises(ValueError, match=f"or a Problem alone. Got a Problem with {got}; leave these out"):
        getattr(lm, name)(lm.problem(*sample()), *(arrays[each] for each in beside), **more)


def test_arrays_are_refused_as_by_the_estimators(name):
    Z, x, y, C = sample()
    test = getattr(lm, name)
    with pytest.raises(TypeError, match="missing 2 required positional arguments: 'x' and 'y'"):
        test(Z)
    with pytest.raises(ValueError, match="x must be a matrix with the 300 rows of y"):
        test(Z, x[1:], y, C)
    with pytest.raises(ValueError, match=r"Z must be finite. Got 1 missing or infinite values"):
        test(np.where(Z[0, 0] == Z, np.nan, Z), x, y, C)
    with pytest.raises(ValueError, match="se must be cluster if cluster is given"):
        test(Z, x, y, C, se="HC1", cluster=np.arange(300))
    with pytest.raises(TypeError, match="unexpected keyword argument 'absent'"):
        test(Z, x, y, C, absent=1)


def test_robust_tests_of_endogeneity_need_rows():
    posed = lm.problem(*sample())
    for test in (lm.endogeneity_score, lm.endogeneity_wald):
        with pytest.raises(
            ValueError,
            match="contain the rows of the data for a robust test of endogeneity. Got a Fit; give arrays, or a Problem",
        ):
            test(posed.fit)


def test_tf_takes_arrays_or_an_estimate():
    Z, x, y, C = sample()
    found = lm.tf_test(Z[:, 0], x, y, C, se="HC0", alpha=0.1)
    estimated = lm.tsls(Z[:, 0], x, y, C, se="HC0", alpha=0.1)
    assert found == lm.tf_test(estimated) == lm.tf_test(estimated[0]) == lm.tf_test(estimate=estimated)
    assert lm.tf_test(estimated, 0.05) == lm.tf_test(Z[:, 0], x, y, C, se="HC0")
    with pytest.raises(ValueError, match="or estimates alone. Got estimates with y"):
        lm.tf_test(estimated, y=y)


def test_a_problem_is_solved_once(monkeypatch):
    posed = lm.problem(*sample())
    assert isinstance(posed, Problem)
    assert isinstance(posed.fit, Fit)
    assert posed.spread is posed.spread
    monkeypatch.setattr(Problem, "blocks", lambda self: pytest.fail("the rows are read once"))
    lm.sargan(posed)
    lm.first_stage_f(posed)
    lm.robust_overidentification(posed)
