"""Methods by name do what they say, whatever else computes the same."""

from dataclasses import replace

import numpy as np
import pytest

import latentmr as lm
from latentmr.analysis.comparators import summary_data_of
from latentmr.benchmark import METHODS
from latentmr.benchmark.adjustment import compute_components
from latentmr.benchmark.methods import refuse_unknown_method
from latentmr.benchmark.specification import parse
from latentmr.simulate import admixture, linear, semisynthetic, with_components
from latentmr.two_sample.methods import Settings, estimate_with


@pytest.fixture(scope="module")
def counts():
    return admixture(n=4000, p=12, n_env=4, seed=2)


@pytest.fixture(scope="module")
def analysed(counts):
    return lm.analyse(counts.dataset, lm.LinearLearner(seed=5), bootstrap=0, seed=5)


@pytest.mark.parametrize("name", ["2sls", "liml"])
@pytest.mark.parametrize(
    ("adjust", "label"), [("none", "none"), ("env", "env"), ("hitpcs", "env+pcs"), ("pcs", "env+pcs")]
)
def test_foils_are_those_of_the_table_of_estimates(counts, analysed, name, adjust, label) -> None:
    row = next(e for e in analysed.estimates if (e.method.lower(), e.instruments, e.adjustment) == (name, "G", label))
    found = METHODS[name].run(counts, 0, adjust=adjust)
    assert np.isclose(found.beta, row.beta, rtol=1e-8)
    assert np.isclose(found.se, row.se, rtol=1e-6)
    assert found.wald == pytest.approx((row.ci_low, row.ci_high), rel=1e-6)


@pytest.fixture(scope="module")
def genome():
    """Instruments and other variants of a resampled cohort."""
    return semisynthetic(admixture(n=3000, p=400, fst=0.05, seed=1).dataset, n=3000, n_env=3, p=20, pcs=2, seed=2)


def test_genome_wide_components_are_those_of_the_other_variants(genome) -> None:
    found = METHODS["liml"].run(genome, 0, adjust="gpcs:4")
    data = genome.dataset
    unit = (genome.genome.G - genome.genome.G.mean(axis=0)) / genome.genome.G.std(axis=0)
    # variants are scaled by allele frequency, which is nearly the same
    pcs = np.linalg.svd(unit, full_matrices=False)[0][:, :4]
    direct = lm.liml(data.G.astype(float), data.X, data.y, np.hstack([np.eye(3)[data.env][:, 1:], pcs]))
    assert found.beta == pytest.approx(direct.beta, abs=0.1 * direct.se)
    auto = METHODS["2sls"].run(genome, 0, adjust="gpcs:auto")
    number = genome.genome.components("auto").shape[1]
    assert auto.beta == pytest.approx(METHODS["2sls"].run(genome, 0, adjust=f"gpcs:{number}").beta, rel=1e-5)


def test_components_are_computed_once_for_all_methods(genome, monkeypatch) -> None:
    for options in ({"adjust": "gpcs:auto"}, {"adjust": "gpcs:30"}, {"pcs": 3}, {"pcs": 0}, {"adjust": "env"}, {}):
        compute_components(genome, options)
    monkeypatch.delattr("latentmr.simulate.genome.population_structure")
    assert METHODS["2sls"].run(genome, 0, adjust="gpcs:30").beta != METHODS["2sls"].run(genome, 0, adjust="env").beta


@pytest.mark.parametrize("name", ["2sls", "ivw", "sisvive"])
def test_genome_wide_components_need_a_genome(counts, name) -> None:
    message = r"^adjust must be none, env or hitpcs, because this scenario has no variants besides .* Got 'gpcs:10'"
    with pytest.raises(ValueError, match=message):
        METHODS[name].run(counts, 0, adjust="gpcs:10")


@pytest.mark.parametrize(("name", "label"), [("ivw", "ivw"), ("egger", "egger"), ("median", "weighted-median")])
def test_two_sample_methods_on_associations_of_the_same_individuals(counts, name, label) -> None:
    data = summary_data_of(counts.dataset)
    direct = estimate_with(label, data.BX[:, 0], data.by, data.SX[:, 0], data.sy, Settings(seed=7))
    found = METHODS[name].run(counts, 7, adjust="env")
    assert found.beta == pytest.approx(direct.beta, rel=1e-8)
    assert found.se == pytest.approx(direct.se, rel=1e-6)
    assert found.k == 12
    assert METHODS[name].run(counts, 7).beta != found.beta


def test_ivw_with_fixed_weights_is_two_stage_least_squares_on_orthogonal_variants() -> None:
    rng = np.random.default_rng(1)
    drawn = admixture(n=4000, p=6, n_env=4, seed=2)
    data = drawn.dataset
    G = np.linalg.qr(np.column_stack([np.ones(4000), rng.normal(size=(4000, 6))]))[0][:, 1:] * 50
    orthogonal = replace(drawn, dataset=lm.Dataset.from_arrays(G, data.env, data.X, data.y))
    # orthogonal instruments have one variance and almost one error of their associations
    assert METHODS["ivw"].run(orthogonal, 0).beta == pytest.approx(METHODS["2sls"].run(orthogonal, 0).beta, rel=0.02)


def test_a_variant_that_does_not_vary_is_left_out(counts) -> None:
    data = counts.dataset
    G = data.G.copy()
    G[:, 3] = 1
    still = replace(counts, dataset=lm.Dataset.from_arrays(G, data.env, data.X, data.y))
    assert METHODS["egger"].run(still, 0, adjust="env").k == 11


@pytest.mark.parametrize("pcs", [0, 5, "auto"])
def test_components_that_a_learner_is_given(genome, pcs) -> None:
    found = METHODS["linear"].run(genome, 5, pcs=pcs, bootstrap=0)
    direct = lm.analyse(
        with_components(genome.dataset, genome.genome, pcs), lm.LinearLearner(seed=5), bootstrap=0, seed=5
    )
    assert found.beta == direct.primary.beta


def test_a_learner_without_the_option_has_the_components_of_the_scenario(genome) -> None:
    assert (
        METHODS["linear"].run(genome, 5, bootstrap=0).beta == METHODS["linear"].run(genome, 5, pcs=2, bootstrap=0).beta
    )


@pytest.mark.parametrize("row", ["env", "env+latent"])
def test_a_row_is_chosen_by_its_adjustment(counts, analysed, row) -> None:
    found = METHODS["linear"].run(counts, 5, row=row, bootstrap=0)
    direct = next(e for e in analysed.estimates if (e.method, e.instruments, e.adjustment) == ("LIML", "learned", row))
    assert (found.beta, found.se) == (direct.beta, direct.se)


def test_least_squares_is_least_squares(counts) -> None:
    data = counts.dataset
    slope = np.cov(data.X[:, 0], data.y)[0, 1] / data.X[:, 0].var(ddof=1)
    assert METHODS["ols"].run(counts, 0).beta == pytest.approx(slope)


@pytest.mark.parametrize("estimator", ["LIML", "2SLS", "Fuller"])
def test_a_learner_gives_the_row_that_is_asked_for(counts, analysed, estimator) -> None:
    found = METHODS["linear"].run(counts, 5, estimator=estimator, bootstrap=0)
    row = next(
        e for e in analysed.estimates if (e.method, e.instruments, e.adjustment) == (estimator, "learned", "env+latent")
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
        ("egger:adjust=gpcs:0", r"adjust must be one of none, env, hitpcs, gpcs:auto, or gpcs:N"),
        ("ivw:adjust=gpcs:101", r"adjust must be one of none, env, hitpcs, gpcs:auto, or gpcs:N"),
        ("liml:adjust=gpcs", r"adjust must be one of none, env, hitpcs, gpcs:auto, or gpcs:N"),
        ("linear:pcs=many", r"pcs must be auto or a whole number from 0 to 100\. Got 'many'; auto is the default\.$"),
        (
            "linear:row=latent",
            r"row must be one of env, env\+latent\. Got 'latent'; leave it out for the primary",
        ),
        ("2sls:k=3", r"^k must be left out of 2sls, which takes adjust\. Got 3; remove this option\.$"),
        ("oracle:k=3", r"^k must be left out of oracle, which takes no option\. Got 3; remove this option\.$"),
        (
            "2sls:adjust=all",
            r"^method 2sls:adjust=all: adjust must be one of none, env, hitpcs, gpcs:auto, or gpcs:N with N from 1 to"
            r" 100\. Got 'all'; use one of these\.$",
        ),
        ("linear:estimator=OLS", r"estimator must be one of LIML, 2SLS, Fuller\. Got 'OLS'; use one of these names\.$"),
        ("linear:bootstrap=3", r"^method linear:bootstrap=3: bootstrap must be 0 or at least 10 replicates"),
        (
            "linear:diagnosis=0.9",
            r"diagnosis must be a share of individuals from 0 to 0\.5\. Got 0\.9; the default is 0\.2\.$",
        ),
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
    values |= {"diagnosis": 0.1, "bootstrap": 20, "batch_size": 64, "row": "env"}
    for name, method in METHODS.items():
        text = ",".join(f"{option}={values.get(option, 2)}" for option in method.options)
        refuse_unknown_method(parse("method", f"{name}:{text}" if text else name)[0])
