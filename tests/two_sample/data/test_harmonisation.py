"""Harmonisation of effects on exposure and outcome to the same allele."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.two_sample.data.harmonisation import harmonise

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[4] / "shared")) / "golden"
COLUMNS = ["id", "effect_allele", "other_allele", "eaf", "beta", "se"]
STRAND = str.maketrans("ACGT", "TGCA")


def table(*rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame([(*row, 0.01) for row in rows], columns=COLUMNS)


@pytest.fixture
def studies() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two hundred variants with letters, insertions and palindromes, alike in both studies."""
    rng = np.random.default_rng(0)
    pairs = [("A", "G"), ("C", "A"), ("T", "C"), ("AT", "A"), ("A", "T"), ("G", "C")]
    rows = [(f"rs{i}", *pairs[i % 6], rng.uniform(0.05, 0.35), rng.normal()) for i in range(200)]
    return table(*rows), table(*[(*row[:4], rng.normal()) for row in rows])


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("strand", [False, True])
def test_it_does_not_matter_how_the_outcome_names_its_alleles(studies: Any, swap: bool, strand: bool) -> None:
    exposure, outcome = studies
    expected = harmonise(exposure, outcome)
    assert expected["keep"].all()
    other = outcome.copy()
    if swap:
        other[["effect_allele", "other_allele"]] = outcome[["other_allele", "effect_allele"]].to_numpy()
        other["beta"], other["eaf"] = -outcome["beta"], 1 - outcome["eaf"]
    if strand:
        for name in ("effect_allele", "other_allele"):
            other[name] = other[name].str.translate(STRAND)
    found = harmonise(exposure, other.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(found, expected)


def test_palindromes_by_action(studies: Any) -> None:
    exposure, outcome = studies
    palindromic = exposure["effect_allele"].str.translate(STRAND) == exposure["other_allele"]
    # the outcome names them on the other strand, which looks like the other allele
    outcome.loc[palindromic, ["effect_allele", "other_allele"]] = outcome.loc[
        palindromic, ["other_allele", "effect_allele"]
    ].to_numpy()
    signs = {1: -1, 2: 1}
    for action, sign in signs.items():
        found = harmonise(exposure, outcome, action)
        assert found["keep"].all()
        np.testing.assert_allclose(found["beta_outcome"][palindromic], sign * outcome["beta"][palindromic])
    found = harmonise(exposure, outcome, 3)
    assert found["keep"].tolist() == (~palindromic).tolist()
    assert set(found["drop_reason"][palindromic]) == {"palindromic"}


def test_dropped_palindromes_are_printed_as_the_peer_prints_them() -> None:
    one = table(("a", "A", "T", 0.48, 0.1), ("b", "A", "T", 0.48, 0.1), ("c", "A", "T", None, 0.1))
    two = table(("a", "A", "T", 0.53, 0.2), ("b", "A", "T", 0.45, 0.2), ("c", "A", "T", 0.9, 0.2))
    found = harmonise(one, two)
    assert not found["keep"].any()
    assert found["beta_outcome"].tolist() == [-0.2, 0.2, 0.2]
    assert harmonise(one, two, action=1)["beta_outcome"].tolist() == [0.2, 0.2, 0.2]


def test_every_variant_has_a_row_and_a_reason() -> None:
    exposure = table(
        ("a", "A", "G", 0.3, 0.1), ("b", "A", "T", 0.5, 0.1), ("c", "A", "G", 0.3, 0.1), ("d", "A", "G", 0.3, 0.1),
        ("e", "A", "G", 0.3, 0.1), ("f", "A", "G", 0.3, 0.1), ("f", "A", "C", 0.3, 0.1), ("g", "A", "G", 0.3, 0.1),
    )  # fmt: skip
    outcome = table(
        ("a", "a", "g", 0.3, 0.2), ("b", "A", "T", 0.5, 0.2), ("c", "A", "C", 0.3, 0.2), ("e", "G", None, 0.1, 0.2),
        ("f", "A", "G", 0.3, 0.2), ("g", "A", "G", 0.3, np.nan), ("x", "A", "G", 0.3, 0.2), ("d", "A", "G", 0.3, 0.2),
        ("d", "A", "G", 0.3, 0.2),
    )  # fmt: skip
    found = harmonise(exposure, outcome)
    assert found["id"].tolist() == list("abcdeffg")
    assert found["drop_reason"].tolist() == [
        "",
        "palindromic, and its frequency does not determine the strand",
        "alleles differ between the studies",
        "more than one row in the outcome's table",
        "one allele is not reported, and frequencies disagree",
        "more than one row in the exposure's table",
        "more than one row in the exposure's table",
        "an effect or standard error is missing",
    ]
    assert (found["keep"] == (found["drop_reason"] == "")).all()


def test_one_allele_is_enough_where_the_other_study_knows_both() -> None:
    found = harmonise(
        table(("a", "A", None, 0.3, 0.1), ("b", "A", None, 0.3, 0.1), ("c", "A", None, 0.3, 0.1)),
        table(("a", "A", "G", 0.3, 0.2), ("b", "G", "A", 0.7, 0.2), ("c", "A", None, 0.3, 0.2)),
    )
    assert found["keep"].all()
    assert found["beta_exposure"].tolist() == [0.1, -0.1, 0.1]
    assert found["effect_allele"].tolist() == ["A", "G", "A"]


def test_insertions_named_by_letter_and_by_kind() -> None:
    found = harmonise(
        table(("a", "I", "D", 0.3, 0.1), ("b", "ATC", "A", 0.3, 0.1), ("c", "I", "D", 0.3, 0.1)),
        table(("a", "A", "AT", 0.7, 0.2), ("b", "D", "I", 0.7, 0.2), ("c", "A", "G", 0.3, 0.2)),
    )
    assert found["beta_outcome"].tolist()[:2] == [-0.2, -0.2]
    assert found["effect_allele_outcome"].tolist()[:2] == ["AT", "ATC"]
    assert found["drop_reason"].tolist() == ["", "", "alleles differ between the studies"]


def test_what_cannot_be_harmonised() -> None:
    one = table(("a", "A", "G", 0.3, 0.1))
    with pytest.raises(ValueError, match="action must be 1, 2 or 3. Got 4"):
        harmonise(one, one, 4)
    with pytest.raises(
        ValueError,
        match=r"share variants by id. Got no common id of 1 exposure variants \(such as 'a'\) and 1 outcome variants"
        r" \(such as 'b'\). Use the same kind of id",
    ):
        harmonise(one, table(("b", "A", "G", 0.3, 0.1)))


@pytest.mark.shared
@pytest.mark.parametrize("case", ["harmonise_crafted", "harmonise_bmi_chd"])
def test_results_of_the_peer(case: str) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no reference values in {SHARED}; set LATENTMR_SHARED")
    folder = SHARED / case
    exposure, outcome = (
        pd.read_csv(folder / f"{name}.csv").rename(columns={"SNP": "id"}) for name in ("exposure", "outcome")
    )
    results = json.loads((folder / "expected.json").read_text())["results"]
    assert [result["options"]["action"] for result in results] == [1, 2, 3]
    for result in results:
        theirs = pd.DataFrame(result["values"]).set_index("SNP").rename(columns={"mr_keep": "keep"})
        ours = harmonise(exposure, outcome, result["options"]["action"]).set_index("id").loc[theirs.index]
        for name in theirs.columns.difference(["remove"]):
            if name.startswith(("beta", "eaf")):
                np.testing.assert_allclose(ours[name], theirs[name].astype(float), atol=result["tol"]["atol"])
            elif "allele" in name:
                assert ours[name].fillna("").tolist() == theirs[name].fillna("").tolist()
            else:
                assert ours[name].tolist() == theirs[name].tolist(), name
