"""The estimate with fewer and with more genome-wide components than were taken."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from latentmr import LinearLearner, analyse, liml
from latentmr.analysis.design import Design
from latentmr.analysis.estimation import EstimateTable, estimate_table
from latentmr.analysis.structure_path import POINTS, structure_path
from latentmr.data import Dataset
from latentmr.data.genome.pca import Components
from latentmr.data.genome.structure import Structure
from latentmr.diagnose.structure_path import PathPoint, remaining_structure

POPULATIONS, VARIANTS, NEEDED, LEVEL = 14, 20, 13, 0.001


def structure(taken: int, n: int) -> Structure:
    """Components without loadings, as a data set carries them."""
    none = np.zeros((0, taken))
    table = pd.DataFrame({name: [] for name in ("id", "chrom", "pos", "effect_allele", "other_allele")})
    components = Components(
        scores=none,
        loadings=none,
        eigenvalues=np.ones(taken),
        frequencies=np.zeros(0),
        variants=table,
        angles=np.zeros(taken),
    )
    return Structure(components, np.ones(20), np.ones(20), "as requested", n)


def cohort(taken: int, *, n: int = 2800, confounding: slice = slice(10, 13), seed: int = 0, m: int = 1) -> Dataset:
    """Fourteen populations, whose 13 contrasts are the components; noise follows. Some contrasts confound."""
    rng = np.random.default_rng(seed)
    population = np.arange(n) % POPULATIONS
    contrasts = np.linalg.qr(np.column_stack([np.ones(POPULATIONS), rng.normal(size=(POPULATIONS, NEEDED))]))[0][:, 1:]
    V = contrasts[population] * np.sqrt(POPULATIONS)
    frequency = np.clip(0.4 + 0.15 * rng.normal(size=(POPULATIONS, VARIANTS)), 0.05, 0.95)
    G = rng.binomial(2, frequency[population]).astype(np.int8)
    confounder = V[:, confounding] @ np.linspace(1, 2, V[:, confounding].shape[1])
    common = rng.normal(size=n)
    X = 0.3 * G.sum(axis=1)[:, None] + (confounder + common + rng.normal(size=n))[:, None] * np.ones(m)
    X = X + 0.5 * rng.normal(size=(n, m))
    y = 0.5 * X[:, 0] + confounder + common + rng.normal(size=n)
    data = Dataset.from_arrays(G, rng.integers(0, 3, n), X, y, A=V[:, :taken])
    beyond = np.hstack([V[:, taken:], rng.normal(size=(n, 7))])
    names = tuple(f"PC{j + 1}" for j in range(taken))
    return replace(data, aux_names=names, structure=structure(taken, n), A_beyond=beyond)


def solved(data: Dataset, n_factors: int = 0) -> tuple[Design, EstimateTable]:
    design = Design(data, LinearLearner(form="factor", n_factors=n_factors).fit(data))
    return design, estimate_table(design, alpha=0.05, bootstrap=0, seed=0, on_stage=lambda stage: None)


def path_of(data: Dataset, n_factors: int = 0) -> list[PathPoint]:
    return structure_path(*solved(data, n_factors))


def indicators(data: Dataset) -> NDArray[np.float64]:
    return (data.env[:, None] == np.arange(1, data.n_env)).astype(float)


def numbers(path: list[PathPoint]) -> NDArray[np.float64]:
    return np.array([[p.components, p.beta, p.se, p.change, p.se_change] for p in path])


def test_the_point_at_the_number_taken_is_the_primary_estimate() -> None:
    design, table = solved(cohort(10), n_factors=1)
    path = structure_path(design, table)
    (taken,) = (p for p in path if p.components == 10)
    assert taken.beta == pytest.approx(table.estimates[0].beta, rel=1e-10)
    assert (taken.change, taken.se_change) == (0.0, 0.0)
    assert [p.components for p in path] == sorted({p.components for p in path})
    assert (path[0].components, path[-1].components) == (0, 20)
    assert all(p.change == pytest.approx(p.beta - taken.beta) for p in path)
    sides = [sum(side * (p.components - 10) > 0 for p in path) for side in (-1, 1)]
    assert max(sides) <= POINTS


@pytest.mark.parametrize("count", [0, 9])
def test_fewer_components_are_liml_on_the_genotypes(count: int) -> None:
    data = cohort(10)
    (found,) = (p for p in path_of(data) if p.components == count)
    plain = liml(data.G.astype(float), data.X[:, 0], data.y, np.hstack([indicators(data), data.A[:, :count]]), se="HC0")
    assert (found.beta, found.se) == pytest.approx((plain.beta, plain.se), rel=1e-6)


def test_more_components_are_further_covariates_of_the_primary_model() -> None:
    data = cohort(10)
    design, table = solved(data, n_factors=1)
    found = structure_path(design, table)[-1]
    model = design.representation
    C = np.hstack([indicators(data), model.residual(data.G, data.A), data.A_beyond])
    plain = liml(model.encode(data.G, data.A), data.X[:, 0], data.y, C, se="HC0")
    assert (found.beta, found.se) == pytest.approx((plain.beta, plain.se), rel=1e-6)


@pytest.mark.parametrize(
    ("taken", "confounding", "verdict"),
    [
        # ten of the thirteen components that confound are not enough
        (10, slice(10, 13), "warn"),
        (13, slice(10, 13), "pass"),
        # what remains is structure, but does not confound
        (10, slice(0, 10), "pass"),
    ],
)
def test_missing_components_are_flagged_if_they_confound(taken: int, confounding: slice, verdict: str) -> None:
    design, table = solved(cohort(taken, confounding=confounding))
    found = remaining_structure(structure_path(design, table), taken, table.estimates[0].se, LEVEL)
    assert found.verdict == verdict
    if verdict == "warn":
        assert found.effect > 2
    wrong = abs(table.estimates[0].beta - 0.5) > 4 * table.estimates[0].se
    assert wrong == (verdict == "warn")


def test_the_analysis_follows_the_path_to_the_verdict() -> None:
    data = cohort(10)
    result = analyse(data, LinearLearner(form="factor", n_factors=0), bootstrap=0, permutations=100)
    (found,) = (test for test in result.tests if test.name == "hidden factors")
    assert found.verdict == "warn"
    assert found.null.startswith("genome-wide components")
    assert result.verdict.level != "credible"
    assert any("more genome-wide components (`pcs`" in advice for advice in result.verdict.advice)
    rows = result.report().figures["path"]
    assert [row["components"] for row in rows if row["taken"]] == [10]
    assert [(row["beta"], row["se"]) for row in rows] == [(p.beta, p.se) for p in result.path]
    # without components beyond those taken, the gain of the factors is the evidence
    alone = replace(data, A_beyond=np.zeros((data.n, 0)))
    result = analyse(alone, LinearLearner(form="factor", n_factors=0), bootstrap=0, permutations=100)
    (found,) = (test for test in result.tests if test.name == "hidden factors")
    assert found.null == "no factor is missed"
    assert result.path[-1].components == 10


def test_neither_the_order_of_individuals_nor_units_of_components_matter(rng: np.random.Generator) -> None:
    data = cohort(10)
    order = rng.permutation(data.n)
    parts = ("X", "y", "C", "A", "A_beyond", "env", "cluster", "samples", "in_learning", "in_estimation", "N", "G")
    shuffled = replace(data, **{name: getattr(data, name)[order] for name in parts})
    scaled = replace(data, A=data.A * np.arange(1, 11), A_beyond=3 * data.A_beyond - 1)
    expected = numbers(path_of(data))
    for other in (shuffled, scaled):
        np.testing.assert_allclose(numbers(path_of(other)), expected, rtol=1e-6, atol=1e-9)


def test_clusters_are_counted_whole() -> None:
    data = cohort(10)
    design, table = solved(data)
    twice = np.repeat(np.arange(data.n), 2)
    parts = ("X", "y", "C", "A", "A_beyond", "env", "in_learning", "in_estimation", "N", "G")
    more = {name: getattr(data, name)[twice] for name in parts}
    ids = np.array([f"i{j}" for j in range(2 * data.n)], dtype=object)
    doubled = replace(data, **more, samples=ids, cluster=twice[:, None], cluster_names=("pair",))
    once = numbers(structure_path(design, table))
    pairs = Design(doubled, design.representation)
    again = numbers(
        structure_path(pairs, estimate_table(pairs, alpha=0.05, bootstrap=0, seed=0, on_stage=lambda stage: None))
    )
    np.testing.assert_allclose(again, once, rtol=1e-6, atol=1e-9)


def test_individuals_outside_estimation_do_not_count() -> None:
    data = cohort(10)
    design, table = solved(data)
    rng = np.random.default_rng(5)
    some = rng.random(data.n) < 0.8
    y = np.where(some, data.y, np.nan)
    part = replace(data, y=y, in_estimation=some)
    parts = ("X", "y", "C", "A", "A_beyond", "env", "cluster", "samples", "in_learning", "in_estimation", "N", "G")
    alone = replace(part, **{name: getattr(part, name)[some] for name in parts})
    one, other = (
        numbers(structure_path(d, estimate_table(d, alpha=0.05, bootstrap=0, seed=0, on_stage=lambda stage: None)))
        for d in (Design(part, design.representation), Design(alone, design.representation))
    )
    np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)
    assert table.moments.n == data.n


def test_several_exposures_or_no_components_have_no_path() -> None:
    assert path_of(cohort(10, m=2)) == []
    data = cohort(10)
    assert path_of(replace(data, structure=None, A_beyond=np.zeros((data.n, 0)))) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("taken", "confounding", "spread"),
    [
        # the components that follow are noise: the change is a product of two chance associations, and its error
        # allows for both
        (13, slice(10, 13), np.sqrt(0.5)),
        # they are structure that does not confound
        (10, slice(0, 10), 1.0),
    ],
)
def test_without_further_confounding_changes_are_within_their_errors(
    taken: int, confounding: slice, spread: float
) -> None:
    ratios = []
    for seed in range(80):
        path = path_of(cohort(taken, n=1400, confounding=confounding, seed=seed))
        ratios.append([p.change / p.se_change for p in path if p.components >= 13 and p.components > taken])
    assert np.std(ratios) == pytest.approx(spread, abs=0.2)
    assert abs(np.mean(np.array(ratios)[:, -1])) < 3.5 * spread / np.sqrt(80)
