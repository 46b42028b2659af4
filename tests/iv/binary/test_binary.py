"""0/1 outcomes: theorems, finite differences, simulation, and every refusal."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import norm

from latentmr import tsls
from latentmr.iv.binary.structural_mean import multiplicative_structural_mean_model
from latentmr.iv.binary.two_stage import binary_effects, two_stage_predictor_substitution, two_stage_residual_inclusion

LINKS = ("identity", "log", "logmult", "logit", "probit")
STAGES = {"TSPS": two_stage_predictor_substitution, "TSRI": two_stage_residual_inclusion}
MSMM = ("gmm", "gmmalt", "tsls", "tslsalt")


@dataclass(frozen=True)
class Cohort:
    Z: np.ndarray
    x: np.ndarray
    y: np.ndarray
    C: np.ndarray | None
    cluster: np.ndarray

    def but(self, **changes):
        return replace(self, **changes)

    def rows(self, chosen):
        return Cohort(self.Z[chosen], self.x[chosen], self.y[chosen], self.C[chosen], self.cluster[chosen])

    def stages(self, method, **options):
        return STAGES[method](self.Z, self.x, self.y, self.C, **options)

    def msmm(self, method, **options):
        return multiplicative_structural_mean_model(self.Z, self.x, self.y, self.C, method=method, **options)


def draw(n, seed, effect=0.2, intercept=-1.6, k=3):
    rng = np.random.default_rng(seed)
    C, Z, u = rng.normal(size=(n, 2)), rng.binomial(2, 0.4, size=(n, k)).astype(float), rng.normal(size=n)
    x = 1.5 / k * Z @ np.linspace(0.6, 1.0, k) + 0.3 * C[:, 0] + 0.5 * u + 0.7 * rng.normal(size=n) - 1
    risk = np.exp(intercept + effect * x + 0.1 * C[:, 1] + 0.2 * u)
    return Cohort(Z, x, (rng.uniform(size=n) < risk).astype(float), C, np.repeat(np.arange(n // 4), 4)[:n])


@pytest.fixture(scope="module")
def cohort():
    return draw(1200, 3)


@pytest.fixture(scope="module")
def exposed(cohort):
    return cohort.but(x=(cohort.x > cohort.x.mean()).astype(float))


def same(found, expected, rel=1e-6):
    assert (found.beta, found.se, found.k) == pytest.approx((expected.beta, expected.se, expected.k), rel=rel)


def every(cohort, exposed, **options):
    """Each estimator on its sample, as (name, function of a sample)."""
    for method in STAGES:
        for link in LINKS:
            yield f"{method} {link}", cohort, lambda s, m=method, li=link: s.stages(m, link=li, **options)
    for method in MSMM:
        sample = exposed if method.startswith("tsls") else cohort
        yield method, sample, lambda s, m=method: s.msmm(m, **options)


def test_instruments_may_be_rotated_rescaled_shifted_or_listed_twice(cohort, exposed):
    rotation = np.random.default_rng(1).normal(size=(3, 3)) * [1e-3, 1.0, 1e3]
    for name, sample, fit in every(cohort, exposed):
        expected = fit(sample)
        assert expected.k == 3, name
        for Z in (sample.Z @ rotation + 7, np.hstack([sample.Z, sample.Z.sum(axis=1, keepdims=True), sample.C])):
            same(fit(sample.but(Z=Z)), expected, rel=1e-5)


def test_covariates_may_be_recoded(cohort, exposed):
    for _, sample, fit in every(cohort, exposed):
        expected = fit(sample)
        for C in (
            sample.C[:, ::-1] * [1, -2],
            np.column_stack([sample.C, sample.C.sum(axis=1), np.ones(len(sample.y))]),
        ):
            same(fit(sample.but(C=C)), expected, rel=1e-5)


def test_covariates_may_be_shifted_except_where_their_zero_is_the_baseline(cohort, exposed):
    for name, sample, fit in every(cohort, exposed):
        if name != "gmm":
            same(fit(sample.but(C=sample.C + 3)), fit(sample), rel=1e-5)


def test_units_of_the_exposure_go_through(cohort):
    for method in STAGES:
        for link in LINKS:
            expected, found = (
                cohort.stages(method, link=link),
                cohort.but(x=10 * cohort.x + 4).stages(method, link=link),
            )
            assert (10 * found.beta, 10 * found.se) == pytest.approx((expected.beta, expected.se), rel=1e-6)
    for method, shift in (("gmmalt", 4), ("gmm", 0)):
        expected, found = cohort.msmm(method), cohort.but(x=10 * cohort.x + shift).msmm(method)
        assert (10 * found.beta, 10 * found.se) == pytest.approx((expected.beta, expected.se), rel=1e-5)


def test_identity_link_is_2sls_errors_included(cohort):
    expected = tsls(cohort.Z, cohort.x, cohort.y, cohort.C, se="HC0")
    for method in STAGES:
        same(cohort.stages(method, link="identity"), expected, rel=1e-9)


@pytest.mark.parametrize("method", STAGES)
def test_logmult_and_log_agree_where_the_model_is_saturated(cohort, method):
    z = (cohort.Z[:, 0] > 0).astype(float)
    found = [
        two_stage_predictor_substitution(z, cohort.x, cohort.y, link=link).beta for link in ("log", "logmult", "logit")
    ]
    risks = [cohort.y[z == level].mean() for level in (0, 1)]
    step = np.ptp([cohort.x[z == level].mean() for level in (0, 1)])
    assert found[:2] == pytest.approx([np.log(risks[1] / risks[0]) / step] * 2)
    odds = [risk / (1 - risk) for risk in risks]
    assert found[2] == pytest.approx(np.log(odds[1] / odds[0]) / step)


def residual(link, y, eta):
    if link == "identity":
        return y - eta
    if link == "log":
        return y - np.exp(eta)
    if link == "logmult":
        return y * np.exp(-eta) - 1
    if link == "logit":
        return y - expit(eta)
    risk = norm.cdf(eta)
    return (y - risk) * norm.pdf(eta) / (risk * (1 - risk))


@pytest.mark.parametrize(
    ("link", "case_control", "prevalence"),
    [(link, False, None) for link in LINKS] + [(link, True, 0.05) for link in LINKS] + [("logit", True, None)],
)
@pytest.mark.parametrize("method", STAGES)
def test_sandwich_is_that_of_finite_differences_of_the_stacked_equations(method, link, case_control, prevalence):
    s = draw(300, 8)
    options = {"case_control": case_control, "prevalence": prevalence}
    found = s.stages(method, link=link, **options)
    n, share = len(s.y), s.y.mean()
    first_weight = second_weight = np.ones(n)
    if case_control:
        first_weight = 1 - s.y
    if prevalence:
        first_weight = second_weight = np.where(s.y > 0, prevalence / share, (1 - prevalence) / (1 - share))
    A = np.column_stack([np.ones(n), s.C, s.Z])
    alphas = np.linalg.solve(A.T @ (A * first_weight[:, None]), A.T @ (first_weight * s.x))

    def design(a):
        fitted = A @ a
        parts = [fitted] if method == "TSPS" else [s.x, s.x - fitted]
        return np.column_stack([np.ones(n), s.C, *parts])

    weighs = design(alphas)
    theta = np.append(alphas, list(found.coefficients.values()))

    def equations(t):
        a, b = np.split(t, [A.shape[1]])
        first = A * (first_weight * (s.x - A @ a))[:, None]
        eta = design(a) @ b
        # the weights of residuals are those of the generated regressor at the estimate
        second = weighs * (second_weight * residual(link, s.y, eta))[:, None]
        return np.hstack([first, second])

    assert np.abs(equations(theta).mean(axis=0)).max() < 1e-8
    step = 1e-5
    jacobian = np.column_stack(
        [
            (equations(theta + step * e).sum(axis=0) - equations(theta - step * e).sum(axis=0)) / (2 * step)
            for e in np.eye(len(theta))
        ]
    )
    scores = equations(theta)
    if case_control:
        for status in (0, 1):
            scores[s.y == status] -= scores[s.y == status].mean(axis=0)
    inverse = np.linalg.inv(jacobian)
    errors = np.sqrt(np.diag(inverse @ scores.T @ scores @ inverse.T))[A.shape[1] :]
    assert list(found.standard_errors.values()) == pytest.approx(errors, rel=1e-5)


@pytest.mark.parametrize("method", ["gmm", "gmmalt"])
def test_structural_mean_model_solves_its_moments(cohort, method):
    one = cohort.but(Z=cohort.Z[:, :1])
    found = one.msmm(method)
    psi = np.array([found.coefficients[name] for name in ("C1", "C2", "x")])
    start = found.coefficients.get("baseline risk") or np.exp(found.coefficients["intercept"])
    free = one.y * np.exp(-np.column_stack([one.C, one.x]) @ psi) - start
    assert np.abs(np.column_stack([np.ones(len(free)), one.C, one.Z]).T @ free).max() / len(free) < 1e-9
    assert found.hansen_j is None


def test_structural_mean_models_agree_with_one_binary_instrument(exposed):
    z = (exposed.Z[:, 0] > 0).astype(float)
    found = [exposed.but(Z=z, C=None).msmm(method) for method in MSMM]
    for other in found[1:]:
        same(other, found[0], rel=1e-6)


@pytest.mark.parametrize("first_step", ["invariant", "identity"])
def test_hansen_test_grows_with_invalid_instruments(first_step):
    s = draw(6000, 5)
    valid = s.msmm("gmmalt", first_step=first_step).hansen_j
    assert valid.df == "chi2(2)"
    assert valid.verdict == "pass"
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=6000) < np.exp(-1.8 + 0.5 * s.Z[:, 0] - 0.3 * s.Z[:, 1])).astype(float)
    invalid = s.but(y=y).msmm("gmmalt", first_step=first_step).hansen_j
    assert invalid.verdict == "warn"
    assert "disagree" in invalid.reason


def test_own_cluster_is_hc0_and_two_way_of_one_clustering_is_that_one(cohort, exposed):
    n = len(cohort.y)
    robust = [fit(sample) for _, sample, fit in every(cohort, exposed)]
    alone = [fit(sample) for _, sample, fit in every(cohort, exposed, cluster=np.arange(n))]
    once = [fit(sample) for _, sample, fit in every(cohort, exposed, cluster=cohort.cluster)]
    twice = [fit(sample) for _, sample, fit in every(cohort, exposed, cluster=np.column_stack([cohort.cluster] * 2))]
    for expected, found, one, two in zip(robust, alone, once, twice, strict=True):
        same(found, expected, rel=1e-6)
        same(two, one, rel=1e-5)


@pytest.mark.parametrize("method", STAGES)
def test_rows_twice_change_no_estimate_and_in_clusters_no_error(cohort, method):
    n = len(cohort.y)
    twice = cohort.rows(np.tile(np.arange(n), 2))
    for link in LINKS:
        expected, found = cohort.stages(method, link=link), twice.stages(method, link=link)
        assert found.beta == pytest.approx(expected.beta, rel=1e-7)
        assert found.se == pytest.approx(expected.se / np.sqrt(2), rel=1e-6)
        together = twice.stages(method, link=link, cluster=np.tile(np.arange(n), 2))
        factor = (2 * n - 1) / (2 * n) * n / (n - 1)
        assert together.se == pytest.approx(expected.se * np.sqrt(factor), rel=1e-6)


def test_swapping_cases_and_controls_turns_odds_and_probits_around(cohort):
    for method in STAGES:
        for link in ("identity", "logit", "probit"):
            expected, found = cohort.stages(method, link=link), cohort.but(y=1 - cohort.y).stages(method, link=link)
            assert (found.beta, found.se) == pytest.approx((-expected.beta, expected.se), rel=1e-7)


def test_prevalence_of_the_sample_weighs_nothing(cohort):
    for method in STAGES:
        for link in LINKS:
            found = cohort.stages(method, link=link, case_control=True, prevalence=float(cohort.y.mean()))
            assert found.beta == pytest.approx(cohort.stages(method, link=link).beta, rel=1e-7)


def test_three_scales_and_their_intervals(cohort):
    rows = binary_effects(cohort.Z, cohort.x, cohort.y, cohort.C, method="TSRI", alpha=0.1)
    assert [row.measure for row in rows] == ["risk difference", "log risk ratio", "log odds ratio"]
    assert [row.conditional for row in rows] == [False, False, True]
    assert rows[0].ratio is None
    assert rows[0].ratio_interval is None
    for row in rows[1:]:
        assert row.ratio_interval == pytest.approx((np.exp(row.ci_low), np.exp(row.ci_high)))
        assert row.ratio == pytest.approx(np.exp(row.beta))
        assert np.sqrt(np.prod(row.ratio_interval)) == pytest.approx(row.ratio)
        assert 0 < row.p_value <= 1
    only = binary_effects(cohort.Z, cohort.x, cohort.y, cohort.C, case_control=True)
    assert [row.link for row in only] == ["logit"]
    assert len(binary_effects(cohort.Z, cohort.x, cohort.y, case_control=True, prevalence=0.1)) == 3


def test_covariates_keep_their_names(cohort):
    C = pd.DataFrame(cohort.C, columns=["age", "sex"])
    found = two_stage_residual_inclusion(cohort.Z, cohort.x, cohort.y, C)
    assert list(found.coefficients) == list(found.standard_errors) == ["intercept", "age", "sex", "x", "residual"]
    assert found.coefficients["x"] == found.beta


@pytest.mark.slow  # coverage in repeated draws
def test_intervals_cover_as_often_as_they_say():
    """The risk ratio, whose model is collapsible: effect 0.2 whatever the confounder."""
    replicates = 250
    hits = {"TSPS": 0, "gmmalt": 0}
    for seed in range(replicates):
        s = draw(800, 1000 + seed)
        for name, found in (("TSPS", s.stages("TSPS", link="log")), ("gmmalt", s.msmm("gmmalt"))):
            hits[name] += found.ci_low <= 0.2 <= found.ci_high
    for count in hits.values():
        # 0.95 within 3.5 Monte Carlo errors, and weak identification's own bias
        assert abs(count / replicates - 0.95) < 0.048


def test_two_stage_probit_covers_where_the_residual_carries_the_confounder():
    replicates, hits, errors, estimates = 200, 0, [], []
    for seed in range(replicates):
        rng = np.random.default_rng(seed)
        z, v = rng.normal(size=700), rng.normal(size=700)
        x = z + v
        y = (0.4 * x + 0.8 * v + rng.normal(size=700) > 0).astype(float)
        found = two_stage_residual_inclusion(z, x, y, link="probit")
        hits += found.ci_low <= 0.4 <= found.ci_high
        errors.append(found.se)
        estimates.append(found.beta)
    assert abs(hits / replicates - 0.95) < 0.054
    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=0.18)


def test_case_control_weights_recover_the_cohort_and_its_spread():
    """Drawn with 500 cases and 500 controls from a population: on average the population's risk ratio."""
    population = draw(120_000, 77, effect=0.3, intercept=-3.0)
    prevalence = float(population.y.mean())
    truth = population.stages("TSPS", link="log").beta
    odds = population.stages("TSPS", link="logit").beta
    cases, controls = np.flatnonzero(population.y == 1), np.flatnonzero(population.y == 0)
    found = {"log": [], "logit": []}
    for seed in range(150):
        rng = np.random.default_rng(seed)
        chosen = np.concatenate([rng.choice(cases, 500, replace=False), rng.choice(controls, 500, replace=False)])
        s = population.rows(chosen)
        found["log"].append(s.stages("TSPS", link="log", case_control=True, prevalence=prevalence))
        found["logit"].append(s.stages("TSPS", link="logit", case_control=True))
    for link, target in (("log", truth), ("logit", odds)):
        betas, errors = np.array([[row.beta, row.se] for row in found[link]]).T
        assert abs(betas.mean() - target) < 3.5 * betas.std() / np.sqrt(150) + 0.02
        assert errors.mean() == pytest.approx(betas.std(), rel=0.2)


def test_many_people_and_instruments():
    s = draw(20_000, 4, k=60)
    assert s.stages("TSRI").k == s.msmm("gmmalt").k == 60


def refusals():
    base = draw(200, 1)
    n = 200
    bad = base.x.copy()
    bad[3] = np.nan
    rare = np.zeros(n)
    rare[np.flatnonzero(base.y == 0)[:5]] = 1
    some = np.where(np.arange(n) < 3, 2.0, base.y)
    yield "one of identity", base, {"link": "cloglog"}
    yield "alpha must lie", base, {"alpha": 1.5}
    yield "y must be 0 or 1. Got 1 other", base.but(y=some), {}
    yield "y must have both values 0 and 1. Got only 1", base.but(y=np.ones(n)), {}
    yield "y must have both values 0 and 1. Got no rows", base.but(y=np.ones(0)), {}
    yield "x must be one exposure. Got 2 columns", base.but(x=np.column_stack([base.x, base.x])), {}
    yield "x must vary", base.but(x=np.full(n, 3.0)), {}
    yield "x must be finite", base.but(x=bad), {}
    yield "x must be a vector", base.but(x=base.x[:-1]), {}
    yield "Z must be a matrix", base.but(Z=base.Z[:-1]), {}
    yield "cluster must have one label", base, {"cluster": base.cluster[:-1]}
    yield "Z must have an instrument .* Got 0 columns", base.but(Z=np.zeros((n, 0))), {}
    yield "Z must have an instrument .* Got 2 columns", base.but(Z=base.C + 1), {}
    yield "fewer columns than there are rows", base.but(Z=np.random.default_rng(0).normal(size=(n, n))), {}
    yield "Z must predict x", base.but(x=base.C[:, 0]), {}
    yield "perfect first stage", base.but(x=base.Z[:, 0]), {"methods": ("TSRI",)}
    yield "separation", base.but(y=(base.x > 0).astype(float)), {"methods": ("TSRI",)}
    yield "separation", base.but(C=rare), {"link": "logit"}
    yield "separation", base.but(C=rare), {"link": "probit"}
    yield "separation: no cases", base.but(C=rare), {"link": "log"}
    yield "link='logmult' must have a solution", base.but(C=np.where(base.y > 0, 1.0, -1.0) * rare), {"link": "logmult"}
    yield "only an odds ratio. Got 'log'; give prevalence", base, {"link": "log", "case_control": True}
    yield "prevalence must lie between 0 and 1. Got 1;", base, {"case_control": True, "prevalence": 1.0}
    yield "prevalence must be combined with case_control", base, {"prevalence": 0.1}


@pytest.mark.parametrize(("message", "sample", "options"), list(refusals()))
def test_refused_at_the_door(message, sample, options):
    options = dict(options)
    for method in options.pop("methods", STAGES):
        with pytest.raises(ValueError, match=message):
            sample.stages(method, **options)


def test_every_separated_sample_is_named_and_no_other():
    rng = np.random.default_rng(2)
    for seed in range(30):
        s = draw(60, seed)
        z, x = s.Z[:, 0], s.x
        y = np.where(x > np.median(x), 1.0, 0.0)
        with pytest.raises(ValueError, match="separation"):
            two_stage_residual_inclusion(z, x, y)
        y[np.argmax(x)], y[np.argmin(x)] = 0.0, 1.0
        y[rng.integers(0, 60, 10)] = 1.0
        assert np.isfinite(two_stage_residual_inclusion(z, x, y, link="probit").se)


def test_structural_mean_refusals(cohort, exposed):
    n = len(cohort.y)
    for message, sample, options in (
        ("method must be one of", cohort, {"method": "poisson"}),
        ("first_step must be one of", cohort, {"method": "gmm", "first_step": "none"}),
        ("se must be one of", cohort, {"method": "gmm", "se": "HC9"}),
        ("se must be cluster if", cohort, {"method": "gmm", "se": "cluster"}),
        ("se must be cluster if", cohort, {"method": "gmm", "se": "HC0", "cluster": cohort.cluster}),
        ("efficient GMM", cohort, {"method": "gmm", "se": "homoskedastic"}),
        ("x must be 0 or 1 for method tsls", cohort, {"method": "tsls"}),
        ("Z must have an instrument", cohort.but(Z=cohort.C), {"method": "gmm"}),
        ("fewer columns than rows", cohort.rows(np.arange(6)).but(y=np.array([1.0, 0, 0, 1, 0, 1])), {"method": "gmm"}),
        ("covariance is singular", cohort, {"method": "gmmalt", "cluster": np.arange(n) % 3}),
        (
            "x must vary among cases. Got only exposed or only unexposed cases",
            exposed.but(y=exposed.y * (1 - exposed.x)),
            {"method": "tsls"},
        ),
    ):
        with pytest.raises(ValueError, match=message):
            sample.msmm(**options)


def test_risk_ratio_without_bound_or_below_zero_is_refused():
    rng = np.random.default_rng(0)
    z = np.tile([0.0, 1.0], 200)
    x = np.where(rng.uniform(size=400) < 0.5 + 0.01 * z, 1.0, 0.0)
    y = np.where(rng.uniform(size=400) < 0.2 + 0.5 * z, 1.0, 0.0)
    for method in MSMM:
        with pytest.raises(ValueError, match="must be positive|must have a solution|must identify"):
            multiplicative_structural_mean_model(z, x, y, method=method)


def test_moments_that_vanish_far_from_zero_are_not_a_solution(cohort):
    far = cohort.but(x=cohort.x + 60)
    with pytest.raises(ValueError, match="near those of gmmalt|must have a solution|must identify"):
        far.msmm("gmm")
    same(far.msmm("gmmalt"), cohort.msmm("gmmalt"), rel=1e-5)


def test_method_of_the_three_scales_is_checked(cohort):
    with pytest.raises(ValueError, match="method must be TSPS or TSRI"):
        binary_effects(cohort.Z, cohort.x, cohort.y, method="MSMM")
