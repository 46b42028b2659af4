"""Instruments selected in a discovery sample, or by a table of GWAS results."""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from latentmr.data import Plan, PlinkSource
from latentmr.data.genome.association import Regressions
from latentmr.data.selection import select_instruments


@pytest.fixture
def genome(study: Any) -> Any:
    """Sixty variants of 600 individuals at three sites; two of them, and one in linkage, move the exposure."""
    rng = np.random.default_rng(3)
    n, p = 600, 60
    G = rng.binomial(2, 0.4, (n, p)).astype(float)
    G[:, 11] = np.where(rng.random(n) < 0.9, G[:, 10], G[:, 11])
    study.genotypes, study.people = G, [f"{i:03d}" for i in range(n)]
    study.variants = pd.DataFrame(
        {
            "id": [f"rs{j}" for j in range(p)],
            "chrom": np.repeat(["1", "2"], p // 2),
            "pos": [str(1000 * (j + 1)) for j in range(p)],
            "effect_allele": "A",
            "other_allele": "G",
        }
    )
    site = np.tile(["a", "b", "c"], n // 3)
    # the site moves the exposure as it moves the frequency of the last variant
    G[:, 59] = rng.binomial(2, np.where(site == "a", 0.8, 0.2))
    x = 0.8 * G[:, 10] + 0.7 * G[:, 40] + 3 * (site == "a") + rng.normal(size=n)
    study.table = pd.DataFrame({"IID": study.people, "site": site, "x": x, "y": x + rng.normal(size=n)})
    study.table["age"] = rng.normal(size=n)
    return study


def select(genome: Any, *, maf: float = 0.01, hwe: float = 0.0, **options: Any) -> Any:
    source = PlinkSource(genome.write_bed())
    plan = Plan(pheno=genome.write_table(), env="site", exposure="x", covar="age", maf=maf, hwe=hwe, outcome_blind=True)
    return select_instruments(source, plan, **options)


def test_the_association_is_a_regression_with_intercepts_and_covariates() -> None:
    rng = np.random.default_rng(0)
    G, env, C = rng.binomial(2, 0.3, (90, 4)).astype(np.int8), rng.integers(0, 3, 90), rng.normal(size=(90, 2))
    x = rng.normal(size=90) + G[:, 0]
    found = Regressions(x, C, env).of(G)
    for j in range(4):
        design = np.column_stack([G[:, j], np.eye(3)[env], C])
        beta, rest, *_ = np.linalg.lstsq(design, x, rcond=None)
        se = np.sqrt(rest[0] / (90 - 6) * np.linalg.inv(design.T @ design)[0, 0])
        np.testing.assert_allclose([found.beta[j], found.se[j]], [beta[0], se], rtol=1e-9)
        np.testing.assert_allclose(found.p_value[j], 2 * stats.t.sf(abs(beta[0] / se), 84), rtol=1e-9)
    scaled = Regressions(10 * x + 5 * env, C * 7, env).of(G)
    np.testing.assert_allclose(scaled.p_value, found.p_value, rtol=1e-9)


def test_a_variant_that_does_not_vary_within_environments_is_not_associated() -> None:
    env = np.repeat([0, 1], 50)
    x = np.random.default_rng(0).normal(size=100) + env
    found = Regressions(x, np.empty((100, 0)), env).of(np.column_stack([env, 2 * env]).astype(np.int8))
    assert np.isnan(found.beta).all()
    assert found.p_value.tolist() == [1, 1]
    with pytest.raises(ValueError, match="exposure must vary within environments given the covariates"):
        Regressions(env.astype(float), np.empty((100, 0)), env)


def test_associated_variants_are_found_and_clumped(genome: Any) -> None:
    found = select(genome, p1=1e-6, r2=0.01)
    assert sorted(found.instruments["id"]) == ["rs10", "rs40"]
    near = found.candidates.set_index("id")
    assert near.loc["rs11", "index"] == "rs10"
    assert near.loc["rs11", "r2"] > 0.5
    assert near.loc[["rs10", "rs40"], "r2"].tolist() == [1, 1]
    assert abs(near.loc["rs40", "beta"] - 0.7) < 5 * near.loc["rs40", "se"]
    assert "rs59" not in near.index
    sites = genome.table.set_index("IID").loc[found.individuals, "site"].value_counts()
    assert sites.tolist() == [100, 100, 100]


def test_the_seed_draws_the_people(genome: Any) -> None:
    first, again, other = (select(genome, p1=1e-6, seed=seed).individuals.tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_filters_are_counted(genome: Any) -> None:
    genome.genotypes[:, 5] = 0
    genome.genotypes[:300, 6] = np.nan
    genome.genotypes[:, 7] = np.arange(600) == 3
    counts = {step.reason: (step.removed, step.remaining) for step in select(genome, p1=1e-6).flow.steps}
    assert counts["more than 0.05 of calls missing (geno)"] == (1, 59)
    assert counts["monomorphic or constant"][0] + counts["minor allele frequency under 0.01 (maf)"][0] == 2
    assert counts["minor allele frequency under 0.01 (maf)"][1] == 57


def test_what_breaks_the_law_is_no_instrument(genome: Any) -> None:
    genome.genotypes[:, 10] = 2 * (genome.genotypes[:, 10] > 0)  # no heterozygotes
    assert "rs10" in select(genome, p1=1e-6).instruments["id"].tolist()
    found = select(genome, p1=1e-6, hwe=1e-9)
    assert "rs10" not in found.candidates["id"].tolist()
    steps = {step.reason: step.removed for step in found.flow.steps}
    assert steps["Hardy-Weinberg p value under 1e-09 (hwe)"] == 1
    with pytest.raises(ValueError, match="maf, geno, hwe and info must keep at least one variant. Got none"):
        select(genome, hwe=1.0, maf=0.49)


@pytest.mark.parametrize("change", ["rare", "missing", "heterozygous"])
def test_a_table_does_not_bring_in_what_filters_leave_out(genome: Any, change: str) -> None:
    """As an index variant it would hide its neighbour, and then be left out of the run itself."""
    G = genome.genotypes
    if change == "rare":
        G[:, 11] = np.where(np.arange(600) < 3, G[:, 10], 0)
    elif change == "missing":
        G[:90, 11] = np.nan
    else:
        G[:, 11] = np.where(G[:, 10] > 0, 1, 0)
    frame = pd.DataFrame({"SNP": ["rs10", "rs11", "rs40"], "P": [1e-9, 1e-12, 1e-8]})
    found = select(genome, table=genome.write_table(frame, "gwas.tsv"), r2=0.01, maf=0.05, hwe=1e-6)
    assert found.instruments["id"].tolist() == ["rs10", "rs40"]


def test_a_table_does_not_bring_in_variants_that_do_not_vary(genome: Any) -> None:
    genome.genotypes[:, 40] = 2
    path = genome.write_table(pd.DataFrame({"SNP": ["rs40"], "P": [1e-9]}), "gwas.tsv")
    with pytest.raises(ValueError, match="maf, geno, hwe and info must keep at least one variant. Got none"):
        select(genome, table=path)


def test_a_table_of_others_in_place_of_people(genome: Any) -> None:
    frame = pd.DataFrame(
        {"SNP": ["rs10", "rs11", "rs40", "1:1000:A:G", "elsewhere"], "P": [1e-9, 1e-12, 1e-8, 0.5, 1e-30]}
    )
    found = select(genome, table=genome.write_table(frame, "gwas.tsv"), r2=0.01)
    assert found.instruments["id"].tolist() == ["rs11", "rs40"]
    assert len(found.individuals) == 0
    steps = {step.reason: (step.removed, step.remaining) for step in found.flow.steps}
    assert steps["without a p value in the gwas table"] == (56, 4)
    assert steps["p value in the gwas table above 5e-08"] == (1, 3)
    assert steps["minor allele frequency under 0.01 (maf)"] == (0, 3)
    frame = pd.DataFrame({"variant_id": ["rs40"], "LOG10P": [9.0], "beta": [0.2], "standard_error": [0.1]})
    found = select(genome, table=genome.write_table(frame, "gwas.csv"))
    row = found.instruments.iloc[0]
    assert (row["id"], row["se"]) == ("rs40", 0.1)
    assert np.isnan(row["beta"])  # nothing says which allele is counted
    assert row["p_value"] == pytest.approx(1e-9)
    for counted, other, sign in (("effect_allele", "other_allele", 1), ("other_allele", "effect_allele", -1)):
        alleles = {"effect_allele": [row[counted]], "other_allele": [row[other]]}
        found = select(genome, table=genome.write_table(frame.assign(**alleles), "gwas.csv"))
        assert found.instruments.iloc[0]["beta"] == sign * 0.2


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"name": ["rs1"], "P": [1]}, "must have a column with the variant's id (such as snp). Got name, P; name it"),
        (
            {"SNP": ["rs1"], "q": [1]},
            "with its p value (such as P, p_value, pval or LOG10P). Got SNP, q; name it with gwas",
        ),
        ({"SNP": ["rs1"], "P": [2]}, "column 'P' must hold p values, from 0 to 1. Got 1 of 1 values above 1 in"),
        ({"SNP": ["no"], "P": [0.1]}, "Got none of its 1 ids: 'no' in the table, 'rs0' in the genotypes; use the same"),
        (
            {"SNP": ["rs1"], "P": [0.1]},
            "clump_p must be reached by a variant. Got 5e-08; the smallest p",
        ),
    ],
)
def test_tables_that_do_not_serve(genome: Any, frame: dict[str, list[Any]], message: str) -> None:
    path = genome.write_table(pd.DataFrame(frame), "gwas.tsv")
    with pytest.raises(ValueError, match=re.escape(message)):
        select(genome, table=path)


def test_too_few_people(genome: Any) -> None:
    with pytest.raises(
        ValueError, match="fold must leave at least 100 individuals in the discovery sample. Got 60 of 600"
    ):
        select(genome, share=0.1)
    with pytest.raises(ValueError, match="share must be more than 0 and less than 1. Got 1"):
        select(genome, share=1.0)


def test_of_two_exposures_the_smaller_p_value_counts_twice(genome: Any) -> None:
    genome.table["w"] = genome.genotypes[:, 20] + np.random.default_rng(5).normal(size=600)
    source = PlinkSource(genome.write_bed())
    plan = Plan(pheno=genome.write_table(), env="site", exposure=["x", "w"], outcome_blind=True)
    both = select_instruments(source, plan, p1=1e-6).candidates.set_index("id")
    one = select_instruments(source, Plan(pheno=plan.pheno, env="site", exposure="w", outcome_blind=True), p1=1e-6)
    assert {"rs10", "rs20", "rs40"} <= set(both.index)
    assert both.loc["rs20", "p_value"] == pytest.approx(2 * one.candidates.set_index("id").loc["rs20", "p_value"])


def test_large_studies_tell_of_linkage_by_some_of_the_people(genome: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentmr.data.genome.ld.REFERENCE", 50)
    seen: list[int] = []

    def watched(source: Any, rows: Any, *args: Any, **options: Any) -> Any:
        seen.append(len(rows))
        return SimpleNamespace(index_of=args[0], r2=np.ones(len(args[0])))

    monkeypatch.setattr("latentmr.data.selection.clump", watched)
    select(genome, p1=1e-6)
    assert seen == [50]
