"""Methods by name do what they say, whatever else computes the same."""

import numpy as np
import pytest

import latentmr as lm
from latentmr.benchmark import METHODS
from latentmr.benchmark.methods import refuse_unknown_method
from latentmr.benchmark.specification import parse
from latentmr.simulate import admixture, linear


@pytest.fixture(scope="module")
def counts():
    return admixture(n=4000, p=12, n_env=4, seed=2)


@pytest.fixture(scope="module")
def analysed(counts):
    return lm.analyse(counts.dataset, lm.LinearLearner(seed=5), bootstrap=0, seed=5)


@pytest.mark.parametrize("name", ["2sls", "liml"])
@pytest.mark.parametrize(("adjust", "label"), [("none", "none"), ("env", "env"), ("pcs", "env+pcs")])
def test_foils_are_those_of_the_table_of_estimates(counts, analysed, name, adjust, label) -> None:
    row = next(e for e in analysed.estimates if (e.method.lower(), e.instruments, e.adjustment) == (name, "G", label))
    found = METHODS[name].run(counts, 0, adjust=adjust)
    assert np.isclose(found.beta, row.beta, rtol=1e-8)
    assert np.isclose(found.se, row.se, rtol=1e-6)
    assert found.wald == pytest.approx((row.ci_low, row.ci_high), rel=1e-6)


def test_least_squares_is_least_squares(counts) -> None:
    data = counts.dataset
    slope = np.cov(data.X[:, 0], data.y)[0, 1] / data.X[:, 0].var(ddof=1)
    assert METHODS["ols"].run(counts, 0).beta == pytest.approx(slope)


@pytest.mark.parametrize("estimator", ["LIML", "2SLS", "Fuller"])
def test_a_learner_gives_the_row_that_is_asked_for(counts, analysed, estimator) -> None:
    found = METHODS["linear"].run(counts, 5, estimator=estimator, bootstrap=0)
    row = next(
        e for e in analysed.estimates if (e.method, e.instruments, e.adjustment) == (estimator, "learned", "env")
    )
    assert (found.beta, found.se) == (row.beta, row.se)
    assert found.verdict == analysed.verdict.level
    assert found.Z is not None
    assert np.array_equal(found.Z, analysed.representation.encode(counts.dataset.G))


def test_settings_reach_the_learner(counts) -> None:
    found = METHODS["linear"].run(counts, 0, k=2, n_factors=1, bootstrap=0)
    assert found.Z is not None
    assert found.Z.shape[1] == 2


def test_a_flow_runs_by_name() -> None:
    found = METHODS["flow"].run(linear(n_per_env=150, seed=1), 0, k=2, steps=4, starts=1, bootstrap=0)
    assert found.Z is not None
    assert found.Z.shape == (600, 2)
    assert found.verdict


@pytest.mark.parametrize("name", ["sisvive", "tsht", "ciiv"])
def test_methods_for_invalid_instruments(counts, name) -> None:
    found = METHODS[name].run(counts, 3, adjust="env")
    data = counts.dataset
    dummies = np.eye(4)[data.env][:, 1:]
    more = {"seed": 3} if name == "sisvive" else {}
    direct = getattr(lm, name)(data.G.astype(float), data.X[:, 0], data.y, dummies, **more)
    assert found.beta == pytest.approx(direct.beta)
    assert found.k == len(direct.valid)
    assert np.isnan(found.se) == (direct.se is None)


def test_the_oracle_knows_the_latents(counts) -> None:
    drawn = linear(n_per_env=500, seed=3)
    data = drawn.dataset
    assert METHODS["oracle"].run(drawn, 0).beta == lm.tsls(drawn.truth.Z, data.X, data.y, se="homoskedastic").beta
    adjusted = lm.liml(counts.dataset.G.astype(float), counts.dataset.X, counts.dataset.y, counts.truth.V)
    assert METHODS["oracle"].run(counts, 0).beta == pytest.approx(adjusted.beta)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "flwo",
            r"^method must be one of ols, .*, oracle\. Got 'flwo'; the nearest is flow; use one of these names\.$",
        ),
        ("2sls:k=3", r"^k must be left out of 2sls, which takes adjust\. Got 3; remove this option\.$"),
        ("oracle:k=3", r"^k must be left out of oracle, which takes no option\. Got 3; remove this option\.$"),
        (
            "2sls:adjust=all",
            r"^method 2sls:adjust=all: adjust must be one of none, env, pcs\. Got 'all'; use one of these names\.$",
        ),
        ("linear:estimator=OLS", r"estimator must be one of LIML, 2SLS, Fuller\. Got 'OLS'; use one of these names\.$"),
        ("linear:bootstrap=3", r"^method linear:bootstrap=3: bootstrap must be 0 or at least 10 draws"),
        ("linear:diagnosis=0.9", r"diagnosis must be a share of people from 0 to 0\.5\. Got 0\.9\.$"),
        ("flow:k=0", r"^method flow:k=0: k must be"),
        ("flow:seed=3", r"^seed must be left out of flow"),
        ("flow:jobs=3", r"^jobs must be left out of flow"),
        ("autoencoder:steps=many", r"steps must be a whole number"),
    ],
)
def test_what_is_no_method(text, message) -> None:
    with pytest.raises(ValueError, match=message):
        refuse_unknown_method(parse("method", text)[0])


def test_every_option_that_is_listed_can_be_given() -> None:
    values = {"adjust": "env", "estimator": "2SLS", "form": "factor", "learning_rate": 0.01, "alpha": 0.05}
    values |= {"diagnosis": 0.1, "bootstrap": 20, "batch_size": 64}
    for name, method in METHODS.items():
        text = ",".join(f"{option}={values.get(option, 2)}" for option in method.options)
        refuse_unknown_method(parse("method", f"{name}:{text}" if text else name)[0])
