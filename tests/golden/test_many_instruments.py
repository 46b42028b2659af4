"""Bekker's errors of LIML against the many-instrument errors of ivmodel.

The peer has the corrected standard errors of Hansen, Hausman and Newey (2008), whose terms ``A`` and ``B`` allow for
skewed and heavy-tailed errors; in them it takes the leverages of the regressors where the paper has those of the
instruments. Ours are Bekker's (1994), without these terms: they vanish under normal errors.
"""

import numpy as np
import pytest

from latentmr import liml


def written_out(case, leverage):
    """Return errors of all coefficients: Bekker's, and with the terms of third and fourth moments added."""
    n = case.n
    exogenous = np.column_stack([np.ones(n), *([] if case.C is None else [case.C])])
    W = np.column_stack([case.x, exogenous])
    Q = np.linalg.qr(np.column_stack([case.Z, exogenous]))[0]

    def projected(v):
        return Q @ (Q.T @ v)

    kappa = case.fit("LIML").kappa
    moment = W - kappa * (W - projected(W))
    u = case.y - W @ np.linalg.solve(moment.T @ W, moment.T @ case.y)
    sigma2, share = u @ u / (n - W.shape[1]), u @ projected(u) / (u @ u)
    free = W - np.outer(u, u @ W) / (u @ u)
    inside, rest = projected(free), free - projected(free)
    inverse = np.linalg.inv(W.T @ projected(W) - share * W.T @ W)
    bekker = sigma2 * ((1 - share) ** 2 * free.T @ inside + share**2 * free.T @ rest)

    if leverage == "regressors":
        p, count = np.sum(W @ np.linalg.inv(W.T @ W) * W, axis=1), case.Z.shape[1]
    else:
        p, count = np.sum(Q**2, axis=1), Q.shape[1]
    tau, spread = count / n, p @ p / count
    A = np.outer((p - tau) @ projected(W), u**2 @ rest / n)
    B = count * (spread - tau) / (n * (1 - 2 * tau + spread * tau)) * (rest.T * (u**2 - sigma2)) @ rest
    return [float(np.sqrt((inverse @ S @ inverse)[0, 0])) for S in (bekker, bekker + A + A.T + B)]


def test_peer_has_terms_of_third_and_fourth_moments(case):
    _, corrected = written_out(case, "regressors")
    values = case.values("ivmodel.manyweak")
    assert corrected == pytest.approx(values["se"], rel=case.tolerance("ivmodel.manyweak"))


def test_ours_are_those_of_bekker(case):
    bekker, _ = written_out(case, "regressors")
    (row,) = case.estimate(liml, se="bekker")
    assert row.se == pytest.approx(bekker, rel=1e-7)


def test_the_terms_hardly_matter_here(case):
    (row,) = case.estimate(liml, se="bekker")
    values = case.values("ivmodel.manyweak")
    assert row.beta == pytest.approx(values["estimate"], rel=case.tolerance("ivmodel.manyweak"))
    assert case.fit("LIML").kappa == pytest.approx(values["k"], rel=case.tolerance("ivmodel.manyweak"))
    assert row.se == pytest.approx(values["se"], rel=1e-3)
    _, with_leverage_of_instruments = written_out(case, "instruments")
    assert row.se == pytest.approx(with_leverage_of_instruments, rel=3e-3)


def test_bekker_errors_are_wider_than_the_usual_ones(kept_case):
    case = kept_case("iv_sim_many")
    assert case.estimate(liml, se="bekker")[0].se > 1.02 * case.estimate(liml, se="homoskedastic")[0].se
