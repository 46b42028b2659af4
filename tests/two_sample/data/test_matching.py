"""Matching of variants between tables: by id, by other spellings, and by position and alleles."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.two_sample.data import SummaryFiles, read_two_sample
from latentmr.two_sample.data.matching import build_of, fitting, relabel

PAIRS = [("A", "G"), ("C", "A"), ("T", "C"), ("G", "T")]
STRAND = str.maketrans("ACGT", "TGCA")


def study(p: int = 12, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"SNP": [f"rs{100 + i}" for i in range(p)], "CHR": [1 + i % 22 for i in range(p)]})
    frame["POS"] = [1_000_000 * (1 + i) for i in range(p)]
    frame[["effect_allele", "other_allele"]] = [PAIRS[i % 4] for i in range(p)]
    frame["eaf"], frame["beta"], frame["se"] = rng.uniform(0.1, 0.4, p), rng.normal(size=p), 0.1
    return frame


def read(folder: Path, exposure: pd.DataFrame, outcome: pd.DataFrame, **options: Any) -> Any:
    exposure.to_csv(folder / "x.tsv", sep="\t", index=False)
    outcome.to_csv(folder / "y.tsv", sep="\t", index=False)
    return read_two_sample(SummaryFiles([folder / "x.tsv"], folder / "y.tsv"), **options)


def placed(frame: pd.DataFrame, form: str) -> pd.Series:
    return pd.Series(
        [form.format(c=row.CHR, p=row.POS, r=row.other_allele, a=row.effect_allele) for row in frame.itertuples()]
    )


SPELLINGS = {
    "case": lambda frame: frame["SNP"].str.upper(),
    "blanks": lambda frame: frame["SNP"] + " ",
    "alleles behind": lambda frame: frame["SNP"] + "_" + frame["effect_allele"] + "_" + frame["other_allele"],
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("side", ["exposure", "outcome"])
def test_ids_that_differ_in_spelling_alone(tmp_path: Path, spelling: str, side: str) -> None:
    exposure, outcome = study(), study(seed=1).drop(columns=["CHR", "POS"])
    expected = read(tmp_path, exposure, outcome)
    changed = exposure if side == "exposure" else outcome
    changed["SNP"] = SPELLINGS[spelling](changed)
    found = read(tmp_path, exposure, outcome)
    np.testing.assert_array_equal(found.by, expected.by)
    if spelling != "blanks":  # the reader may remove them
        assert any("12 variants" in note and "without regard to case" in note for note in found.flow.notes)


@pytest.mark.parametrize(
    "forms", [("chr{c}:{p}:{r}:{a}", "{c}:{p}:{r}:{a}"), ("{c}_{p}_{r}_{a}", "chr{c}:{p}:{a}:{r}")]
)
def test_ids_that_are_positions(tmp_path: Path, forms: tuple[str, str]) -> None:
    exposure, outcome = study(), study(seed=1)
    expected = read(tmp_path, exposure, outcome)
    for frame, form in zip((exposure, outcome), forms, strict=True):
        frame["SNP"] = placed(frame, form)
    for columns in ([], ["CHR", "POS"]):
        found = read(tmp_path, exposure.drop(columns=columns), outcome.drop(columns=columns))
        np.testing.assert_array_equal(found.by, expected.by)


@pytest.mark.parametrize("match", ["auto", "position"])
def test_positions_and_alleles_if_ids_differ(tmp_path: Path, match: str) -> None:
    exposure, outcome = study(), study(seed=1)
    expected = read(tmp_path, exposure, outcome)
    other = outcome.assign(SNP=[f"v{i}" for i in range(12)], CHR="chr" + outcome["CHR"].astype(str).str.zfill(2))
    for name in ("effect_allele", "other_allele"):
        other[name] = other[name].str.translate(STRAND)
    # another variant of the same position has other alleles
    extra = other.head(1).assign(SNP="extra", effect_allele="AT", other_allele="A")
    found = read(tmp_path, exposure, pd.concat([extra, other], ignore_index=True), match=match)
    np.testing.assert_array_equal(found.by, expected.by)
    assert found.variants["id"].tolist() == exposure["SNP"].tolist()
    assert any(
        "12 variants of" in note and "matched by chromosome, position and alleles" in note for note in found.flow.notes
    )
    with pytest.raises(ValueError, match="this one like 'v0'.*or match by position"):
        read(tmp_path, exposure, other, match="id")


def test_rows_without_ids_of_the_exposure_are_found_among_many(tmp_path: Path) -> None:
    exposure, outcome = study(), study(p=400, seed=1)
    outcome.loc[[1, 2, 3], "SNP"] = ["RS101", "1:7", "rs103:G:T"]
    outcome.loc[2, "SNP"] = placed(outcome, "{c}:{p}:{r}:{a}")[2]
    found = read(tmp_path, exposure, outcome)
    np.testing.assert_array_equal(found.by, outcome["beta"].head(12))


def test_a_second_exposure_is_matched_too(tmp_path: Path) -> None:
    first, second, outcome = study(), study(seed=2), study(seed=1)
    second["SNP"] = second["SNP"].str.upper()
    for name, frame in (("a", first), ("b", second), ("y", outcome)):
        frame.to_csv(tmp_path / f"{name}.tsv", sep="\t", index=False)
    data = read_two_sample(SummaryFiles([tmp_path / "a.tsv", tmp_path / "b.tsv"], tmp_path / "y.tsv"))
    np.testing.assert_array_equal(data.BX[:, 1], second["beta"])
    second.assign(SNP="z" + second["SNP"]).drop(columns="POS").to_csv(tmp_path / "b.tsv", sep="\t", index=False)
    with pytest.raises(ValueError, match="exposure_file must hold variants of the exposure. Got none of 12"):
        read_two_sample(SummaryFiles([tmp_path / "a.tsv", tmp_path / "b.tsv"], tmp_path / "y.tsv"))


def test_the_message_shows_both_sides_and_what_is_missing(tmp_path: Path) -> None:
    exposure, outcome = study(), study(seed=1)
    outcome["SNP"] = placed(outcome, "{c}:{p}:{r}:{a}")
    bare = exposure.drop(columns=["CHR", "POS"])
    with pytest.raises(
        ValueError,
        match=r"outcome_file must hold variants of the exposure. Got none of 12: the exposure's table names variants"
        r" like 'rs100', this one like '1:1000000:G:A' .*The names are rs numbers and positions. Add columns of",
    ):
        read(tmp_path, bare, outcome)
    with pytest.raises(ValueError, match="check that both tables have the same build"):
        read(tmp_path, exposure, outcome.assign(POS=5, SNP=[f"1:{i}" for i in range(12)]))
    with pytest.raises(ValueError, match="Positions are of GRCh37 and GRCh38: lift one"):
        read(
            tmp_path,
            exposure.rename(columns={"POS": "pos_b37"}),
            outcome.assign(SNP="v").rename(columns={"POS": "pos_b38"}),
        )
    with pytest.raises(ValueError, match="match must be one of auto, id, position. Got 'name'"):
        read(tmp_path, exposure, study(), match="name")


def test_ids_that_agree_by_chance_are_refused(tmp_path: Path) -> None:
    exposure, outcome = study(), study(seed=1)
    exposure["SNP"], outcome["SNP"] = range(12), [*range(1, 12), 0]
    with pytest.raises(ValueError, match="other chromosomes for 12 of 12 variants with the same id, such as '"):
        read(tmp_path, exposure, outcome)
    found = read(tmp_path, exposure, outcome, match="position")
    np.testing.assert_array_equal(found.by, outcome["beta"])


def test_few_matches_by_position_are_warned_about(tmp_path: Path) -> None:
    exposure, outcome = study(30), study(30, seed=1).assign(SNP=[f"v{i}" for i in range(30)])
    outcome.loc[5:, "POS"] += 7
    found = read(tmp_path, exposure, outcome)
    assert found.p == 5
    assert any("only 5 of 30 variants were found" in warning and "build" in warning for warning in found.flow.warnings)
    outcome.loc[1:, "POS"] += 7
    with pytest.raises(ValueError, match="must hold variants of the exposure"):
        read(tmp_path, exposure, outcome)


def test_alleles_that_fit() -> None:
    def pairs(*texts: str) -> pd.DataFrame:
        rows = [[part or None for part in text.split("/")] for text in texts]
        return pd.DataFrame(rows, columns=["effect_allele", "other_allele"])

    one = pairs("A/G", "A/G", "A/G", "A/G", "A/", "I/D", "AT/A")
    two = pairs("G/A", "T/C", "A/C", "A/", "G/A", "AT/A", "A/AT")
    assert fitting(one, two).tolist() == [True, True, False, True, True, True, True]
    assert fitting(one, two, strand=False).tolist() == [True, False, False, True, True, True, True]


def test_matching_neither_depends_on_order_nor_on_other_rows() -> None:
    first = study().rename(columns={"SNP": "id", "CHR": "chrom", "POS": "pos"})
    other = first.assign(id=[f"v{i}" for i in range(12)])
    expected, matches = relabel(first, other)
    assert (matches.found, matches.by_position, matches.wanted) == (12, 12, 12)
    found, _ = relabel(first, pd.concat([other, other.assign(pos=1)]).sample(frac=1, random_state=0))
    pd.testing.assert_frame_equal(
        found.sort_values("id", ignore_index=True), expected.sort_values("id", ignore_index=True)
    )


def test_the_build_is_that_which_the_table_states() -> None:
    assert build_of(TableReading("x", "", {"pos": "POS_b38"}, "")) == "GRCh38"
    assert build_of(TableReading("x", "", {"pos": "POS"}, "", notes=("positions are of GRCh37",))) == "GRCh37"
    assert build_of(TableReading("x", "", {"pos": "POS"}, "")) == ""
