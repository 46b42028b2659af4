"""Robust errors of LIML and Fuller, for which the peers differ from each other by up to 3 %.

The definition here: the sandwich of the estimating equation ``sum_i a_i u_i = 0`` with ``a = x - kappa M_Z x`` after
partialling out the covariates, in the bread and in the meat, times ``n / (n - r)`` (with clusters ``(n - 1) / (n - r)
g / (g - 1)``). ivmodel has the same sandwich without that factor. linearmodels puts the projection ``P_Z x`` into the
meat instead.
"""

import numpy as np
import pytest

from latentmr import fuller, liml


@pytest.mark.parametrize(("estimator", "key"), [(liml, "liml_se"), (fuller, "fuller_se")])
def test_hc1_is_the_sandwich_of_ivmodel_with_the_small_sample_factor(case, estimator, key):
    n = len(case.y)
    factor = np.sqrt(n / (n - case.n_regressors))
    found = estimator(case.Z, case.x, case.y, case.C, se="HC1").se
    assert found == pytest.approx(factor * case.values("ivmodel.hetero")[key], rel=case.tolerance("ivmodel.hetero"))


def test_clusters_are_those_of_ivmodel_with_the_small_sample_factor(kept_case):
    case = kept_case("iv_sim_strong")
    n, g = len(case.y), len(np.unique(case.cluster))
    factor = np.sqrt((n - 1) / (n - case.n_regressors) * g / (g - 1))
    found = liml(case.Z, case.x, case.y, case.C, se="cluster", cluster=case.cluster).se
    assert found == pytest.approx(
        factor * case.values("ivmodel.cluster")["liml_se"], rel=case.tolerance("ivmodel.cluster")
    )


def test_linearmodels_has_another_meat_within_three_percent(case):
    _, error = case.row("lm.liml.robust.debiased")
    assert liml(case.Z, case.x, case.y, case.C, se="HC1").se == pytest.approx(error, rel=0.03)


def test_linearmodels_agrees_where_the_instruments_are_just_enough(kept_case):
    case = kept_case("iv_sim_disjoint")
    _, error = case.row("lm.liml.robust.debiased")
    assert liml(case.Z, case.x, case.y, case.C, se="HC1").se == pytest.approx(error, rel=1e-6)


def test_the_definition_written_out(case):
    n = len(case.y)
    C = np.column_stack([np.ones(n), *([case.C] if case.C is not None else [])])
    Z, x, y = (v - C @ np.linalg.lstsq(C, v, rcond=None)[0] for v in (case.Z, case.x, case.y))
    fit = case.fit("LIML")
    score = x - fit.kappa * (x - Z @ np.linalg.lstsq(Z, x, rcond=None)[0])
    beta = score @ y / (score @ x)
    u = y - beta * x
    error = np.sqrt(n / (n - case.n_regressors) * (score**2 @ u**2)) / abs(score @ x)
    found = liml(case.Z, case.x, case.y, case.C, se="HC1")
    assert (found.beta, found.se) == pytest.approx((beta, error), rel=1e-8)
