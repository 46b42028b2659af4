"""Evidence against misread tables: wrong ones are refused or warned about, and right ones are left alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bed_reader import to_bed
from scipy import stats

from latentmr.data import GenotypeFiles
from latentmr.data.ledger import Ledger
from latentmr.two_sample.data import SummaryData, SummaryFiles, read_two_sample
from latentmr.two_sample.data.evidence.frequencies import compare
from latentmr.two_sample.data.evidence.studies import check_dispersion, check_distances

PAIRS = [("A", "G"), ("C", "T"), ("G", "A"), ("T", "C"), ("A", "C"), ("G", "T"), ("A", "T"), ("G", "C")]
LETTERS = {"effect_allele": "A1", "other_allele": "A2"}
Pair = tuple[pd.DataFrame, pd.DataFrame]


def studies(p: int, seed: int, *, middle: bool = False) -> Pair:
    """Right tables of exposure and outcome: frequencies differ a little, and some alleles stand in the other order."""
    rng = np.random.default_rng(seed)
    f = rng.uniform(0.35, 0.65, p) if middle else rng.uniform(0.05, 0.95, p)
    fy = np.clip(f + rng.normal(0, 0.02, p), 0.01, 0.99)
    sx, sy = 1 / np.sqrt(2e5 * f * (1 - f)), 1 / np.sqrt(1.2e5 * fy * (1 - fy))
    bx = rng.choice([-1, 1], p) * rng.uniform(6, 20, p) * sx
    by = 0.3 * bx + sy * rng.normal(size=p)
    exposure = pd.DataFrame({"SNP": [f"rs{i}" for i in range(p)]})
    exposure[["effect_allele", "other_allele"]] = [PAIRS[i % 8] for i in range(p)]
    exposure["eaf"], exposure["beta"], exposure["se"] = f, bx, sx
    outcome = exposure.assign(eaf=fy, beta=by, se=sy)
    for table in (exposure, outcome):
        table["pval"] = 2 * stats.norm.sf(np.abs(table["beta"] / table["se"]))
    return exposure, counted_other(outcome, np.arange(p) % 3 == 0)


def swapped(table: pd.DataFrame, rows: Any = slice(None)) -> pd.DataFrame:
    """Exchange the names of the alleles alone, so that the table is wrong."""
    out = table.copy()
    names = ["effect_allele", "other_allele"]
    out.loc[rows, names] = out.loc[rows, names[::-1]].to_numpy()
    return out


def counted_other(table: pd.DataFrame, rows: Any) -> pd.DataFrame:
    """Count the other allele, so that the table stays right."""
    out = swapped(table, rows)
    out.loc[rows, "beta"], out.loc[rows, "eaf"] = -out.loc[rows, "beta"], 1 - out.loc[rows, "eaf"]
    return out


def read(folder: Path, exposure: pd.DataFrame, outcome: pd.DataFrame, **options: Any) -> SummaryData:
    exposure.to_csv(folder / "x.tsv", sep="\t", index=False)
    outcome.to_csv(folder / "y.tsv", sep="\t", index=False)
    return read_two_sample(SummaryFiles([folder / "x.tsv"], folder / "y.tsv"), **options)


@pytest.mark.parametrize("middle", [False, True])
def test_right_tables_are_left_alone(tmp_path: Path, middle: bool) -> None:
    warned = 0
    for seed in range(40):
        p = (3, 5, 10, 30, 100)[seed % 5]
        exposure, outcome = studies(p, seed, middle=middle)
        if seed % 4 == 1:
            outcome = outcome.assign(beta=np.exp(outcome["beta"])).rename(columns={"beta": "OR"})
        if seed % 4 == 2:
            exposure, outcome = exposure.round(4), outcome.drop(columns="pval").round(4)
        warned += bool(read(tmp_path, exposure, outcome).flow.warnings)
    assert warned == 0


REFUSED: dict[str, tuple[Callable[[pd.DataFrame, pd.DataFrame], Pair], str]] = {
    "the other allele is counted in y": (
        lambda x, y: (x, swapped(y).rename(columns=LETTERS)),
        r"y.tsv must have effect-allele frequencies like those of .*x.tsv. Got complementary ones: .* over \d+ variants"
        r", and 0.0\d if the other allele were counted \(correlation -\d.*Column 'A1' was taken for the effect allele."
        r" .* give outcome_columns effect_allele=A2,other_allele=A1",
    ),
    "the other allele is counted in x": (
        lambda x, y: (swapped(x).rename(columns=LETTERS), y),
        "x.tsv must have effect-allele frequencies like those of .*give exposure_columns effect_allele=A2",
    ),
    "odds ratios in y": (
        lambda x, y: (x, y.assign(beta=np.exp(y["beta"]))),
        r"y.tsv must have effects with either sign in column 'beta'. Got \d+ effects from .* whose logarithms agree"
        " with the p values. The column holds odds ratios: name it as odds_ratio=beta",
    ),
    "odds ratios in x": (
        lambda x, y: (x.assign(beta=np.exp(x["beta"])), y),
        "x.tsv must have effects with either sign",
    ),
    "log odds ratios": (
        lambda x, y: (x, y.rename(columns={"beta": "OR"})),
        r"column 'OR' must hold odds ratios .* Got \d+ of 24 values below 0 in .*give the column as beta",
    ),
    "log odds ratios of the risk alleles": (
        lambda x, y: (x, counted_other(y, y["beta"] < 0).rename(columns={"beta": "OR"})),
        "y.tsv must have odds ratios in column 'OR'. .* which agree with the p values as logarithms",
    ),
    "standard deviations": (
        lambda x, y: (x, y.assign(se=245 * y["se"])),
        r"y.tsv must have standard errors that agree with .*column 'se'.*errors that are 245 times",
    ),
    "one table": (
        lambda x, y: (x, x),
        r"x and y must be different traits. Got the same effects .* for 24 of 24 variants",
    ),
    "one table, in another order": (
        lambda x, y: (x, counted_other(x, np.arange(len(x)) % 2 == 0).sample(frac=1, random_state=0)),
        "must be different traits",
    ),
    "logarithms of p values": (
        lambda x, y: (x.assign(pval=-np.log10(x["pval"])), y),
        "column 'pval' must hold p values, from 0 to 1. Got 24 of 24 values above 1 in .*give the column as log10_p",
    ),
    "negative logarithms of p values": (
        lambda x, y: (x.assign(pval=np.log10(x["pval"])), y),
        "Got 24 of 24 values below 0",
    ),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_wrong_tables_are_refused(tmp_path: Path, wrong: str) -> None:
    make, message = REFUSED[wrong]
    with pytest.raises(ValueError, match=message):
        read(tmp_path, *make(*studies(24, 1)), action=1 if "one table" in wrong else None)


WARNED: dict[str, tuple[Callable[[pd.DataFrame, pd.DataFrame], Pair], str]] = {
    "the other allele is counted, without frequencies": (
        lambda x, y: (x, swapped(y).rename(columns=LETTERS).drop(columns="eaf")),
        "neither the names of columns nor frequencies settle which allele",
    ),
    "the other allele is counted, against its name": (lambda x, y: (x, swapped(y)), "are complementary"),
    "some alleles are swapped": (
        lambda x, y: (x, swapped(y, np.arange(len(y)) % 2 == 0)),
        "have complementary effect-allele frequencies",
    ),
    "frequencies of minor alleles": (
        lambda x, y: (x, y.assign(eaf=np.minimum(y["eaf"], 1 - y["eaf"]))),
        "seem to be those of minor alleles",
    ),
    "frequencies of another ancestry": (
        lambda x, y: (x, y.assign(eaf=(y["eaf"] + 0.25 * np.where(y["eaf"] < 0.5, 1, -1)))),
        "differ by more than 0.2",
    ),
    "odds ratios without p values": (
        lambda x, y: (x, y.assign(beta=np.exp(y["beta"])).drop(columns="pval")),
        "may hold odds ratios: 24 effects from",
    ),
    "log odds ratios of risk alleles without p values": (
        lambda x, y: (x, counted_other(y, y["beta"] < 0).rename(columns={"beta": "OR"}).drop(columns="pval")),
        "was read as odds ratios, but may hold their logarithms",
    ),
    "standard deviations without p values": (
        lambda x, y: (x, y.assign(se=245 * y["se"]).drop(columns="pval")),
        "agree more closely than independent estimates can: the residual variance is",
    ),
    "variances": (lambda x, y: (x, y.assign(se=y["se"] ** 2)), "contradict effect and standard error"),
    "effects on another scale": (
        lambda x, y: (x, y.assign(beta=np.where(np.arange(24) % 4 == 0, -30, 30) * y["beta"]).drop(columns="pval")),
        "differ far more than their standard errors allow",
    ),
    "no p value holds": (lambda x, y: (x, y.assign(pval=1e-20)), "the p values of 20 of 24 variants"),
}


@pytest.mark.parametrize("wrong", WARNED)
def test_doubtful_tables_are_warned_about(tmp_path: Path, wrong: str) -> None:
    make, message = WARNED[wrong]
    data = read(tmp_path, *make(*studies(24, 1)), action=1)
    assert any(message in warning for warning in data.flow.warnings), data.flow.warnings


def test_p_values_that_underflowed_do_not_lose_variants(tmp_path: Path) -> None:
    exposure, outcome = studies(24, 2)
    expected = read(tmp_path, exposure, outcome, p_value=5e-8)
    for value in (1.0, 0.9999):
        wrong = exposure.copy()
        wrong.loc[:5, "pval"] = value
        found = read(tmp_path, wrong, outcome, p_value=5e-8)
        np.testing.assert_array_equal(found.by, expected.by)
        assert any("the p values of 6 of 24 variants of" in warning for warning in found.flow.warnings)
    weak = exposure.copy()
    weak.loc[:2, "beta"] = 0.5 * weak.loc[:2, "se"]
    weak.loc[:2, "pval"] = 0.0
    found = read(tmp_path, weak, outcome, p_value=5e-8)
    assert not {"rs0", "rs1", "rs2"} & set(found.variants["id"])


def test_names_by_the_user_turn_a_refusal_into_a_warning(tmp_path: Path) -> None:
    exposure, outcome = studies(24, 1)
    read(tmp_path, exposure, swapped(outcome).rename(columns=LETTERS).drop(columns="eaf"))
    files = [tmp_path / "x.tsv"], tmp_path / "y.tsv"
    swapped(outcome).rename(columns=LETTERS).to_csv(files[1], sep="\t", index=False)
    right = read_two_sample(SummaryFiles(*files, outcome_columns={"effect_allele": "A2", "other_allele": "A1"}))
    assert right.flow.warnings == ()
    expected = read(tmp_path, exposure, outcome)
    np.testing.assert_allclose(right.by, expected.by)


def test_reference_genotypes_settle_what_tables_without_frequencies_do_not(tmp_path: Path) -> None:
    exposure, outcome = studies(24, 1)
    G = np.random.default_rng(0).binomial(2, exposure["eaf"].to_numpy(), (400, 24)).astype(np.int8)
    properties = {
        "sid": exposure["SNP"].to_numpy(),
        "chromosome": ["1"] * 24,
        "bp_position": 10**6 * (1 + np.arange(24)),
    }
    alleles = {"allele_1": exposure["effect_allele"].to_numpy(), "allele_2": exposure["other_allele"].to_numpy()}
    to_bed(tmp_path / "panel.bed", G, properties=properties | alleles, count_A1=True)
    panel = GenotypeFiles(bfile=tmp_path / "panel")
    alone = exposure.drop(columns="eaf")
    options = {"reference": panel, "r2": 0.9, "action": 1}
    assert read(tmp_path, alone, outcome.rename(columns=LETTERS), **options).flow.warnings == ()
    with pytest.raises(
        ValueError, match="y.tsv must have effect-allele frequencies like those of the reference genotypes"
    ):
        read(tmp_path, alone, swapped(outcome).rename(columns=LETTERS), **options)


def test_one_allele_without_frequencies(tmp_path: Path) -> None:
    exposure, outcome = studies(24, 1)
    alone = outcome.drop(columns=["other_allele", "eaf"]).rename(columns=LETTERS)
    with pytest.raises(
        ValueError,
        match=r"y.tsv must report the other allele, or frequencies .* Got one allele \(column 'A1'\) and no frequencies"
        ".*action 1, which accepts variants with one allele",
    ):
        read(tmp_path, exposure, alone)
    assert read(tmp_path, exposure, alone, action=1).p == 18  # all but palindromic ones


@pytest.mark.parametrize(("step", "warned"), [(300, True), (100_000, True), (600_000, False)])
def test_neighbours_that_were_not_clumped(tmp_path: Path, step: int, warned: bool) -> None:
    exposure, outcome = studies(24, 3)
    place = {"CHR": 1 + np.arange(24) // 12, "POS": 10**6 + step * np.arange(24)}
    for x, y in ((exposure.assign(**place), outcome), (exposure, outcome.assign(**place))):
        data = read(tmp_path, x, y)
        assert any("variants are within 500 kb" in each for each in data.flow.warnings) == warned
        assert bool(data.flow.warnings) == warned


def test_distances_without_positions() -> None:
    ledger = Ledger()
    check_distances([None] * 30, 1000, ledger)
    assert ledger.warnings == []
    check_distances([None] * 30, 20_000, ledger)
    assert "30 variants of a table of 20,000 were not clumped" in ledger.warnings[0]
    check_distances(["1:5", "1:6", "2:5", None], 20_000, ledger)
    assert ledger.warnings[1].startswith("2 of 4 variants are within 500 kb of another one (1 pair)")


def test_a_few_variants_are_no_evidence() -> None:
    ledger = Ledger()
    check_dispersion(np.array([[1.0]]), np.array([1.0]), np.array([1.0]), ledger)
    check_dispersion(np.ones((2, 1)), np.ones(2), np.ones(2), ledger)  # two equal ratios with no residual
    assert len(ledger.warnings) == 1
    assert compare(np.array([np.nan]), np.array([0.2])).n == 0
    assert abs(compare(np.array([0.45, 0.5]), np.array([0.55, 0.5])).ratio) < 1
