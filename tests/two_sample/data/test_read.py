"""From tables of GWAS results to aligned effects."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bed_reader import to_bed

from latentmr.data import GenotypeFiles
from latentmr.two_sample.data import SummaryFiles, read_two_sample

STRAND = str.maketrans("ACGT", "TGCA")
PAIRS = [("A", "G"), ("C", "A"), ("T", "C"), ("G", "T")]


def table(rng: np.random.Generator, p: int = 12) -> pd.DataFrame:
    alleles = [PAIRS[i % 4] for i in range(p)]
    frame = pd.DataFrame({"SNP": [f"rs{i}" for i in range(p)], "effect_allele": [a for a, _ in alleles]})
    frame["other_allele"] = [b for _, b in alleles]
    frame["eaf"], frame["beta"], frame["se"] = rng.uniform(0.1, 0.4, p), rng.normal(size=p), rng.uniform(0.01, 0.02, p)
    frame["samplesize"] = 1000
    return frame


def swapped(frame: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    out = frame.copy()
    out.loc[rows, ["effect_allele", "other_allele"]] = frame.loc[rows, ["other_allele", "effect_allele"]].to_numpy()
    out.loc[rows, "beta"], out.loc[rows, "eaf"] = -frame.loc[rows, "beta"], 1 - frame.loc[rows, "eaf"]
    return out


class Studies:
    def __init__(self, folder: Path) -> None:
        rng = np.random.default_rng(4)
        self.folder = folder
        self.frames = {name: table(rng) for name in ("ldl", "hdl", "chd")}

    def write(self) -> SummaryFiles:
        for name, frame in self.frames.items():
            frame.to_csv(self.folder / f"{name}.tsv", sep="\t", index=False)
        paths = [self.folder / f"{name}.tsv" for name in self.frames]
        return SummaryFiles(paths[:-1], paths[-1])

    def one(self) -> SummaryFiles:
        files = self.write()
        return SummaryFiles(files.exposures[:1], files.outcome)


@pytest.fixture
def studies(tmp_path: Path) -> Studies:
    return Studies(tmp_path)


@pytest.fixture
def reference(tmp_path: Path, studies: Studies) -> Path:
    """Three hundred individuals; rs1 is nearly rs0, rs3 nearly the other allele of rs2."""
    rng = np.random.default_rng(1)
    G = rng.binomial(2, 0.4, (300, 12)).astype(np.int8)
    G[:, 1] = np.where(rng.random(300) < 0.95, G[:, 0], G[:, 1])
    G[:, 3] = np.where(rng.random(300) < 0.95, 2 - G[:, 2], G[:, 3])
    frame = studies.frames["ldl"]
    properties = {
        "iid": [f"P{i}" for i in range(300)], "fid": [f"P{i}" for i in range(300)], "sid": frame["SNP"].to_numpy(),
        "chromosome": ["1"] * 12, "bp_position": 1000 * (1 + np.arange(12)),
        "allele_1": frame["effect_allele"].to_numpy(), "allele_2": frame["other_allele"].to_numpy(),
    }  # fmt: skip
    to_bed(tmp_path / "panel.bed", G, properties=properties, count_A1=True)
    return tmp_path / "panel"


def test_exposures_and_outcome_are_joined(studies: Studies) -> None:
    data = read_two_sample(studies.write())
    assert (data.p, data.m, data.exposure_names, data.outcome_name) == (12, 2, ("ldl", "hdl"), "chd")
    for j, name in enumerate(data.exposure_names):
        np.testing.assert_allclose(data.BX[:, j], studies.frames[name]["beta"])
        np.testing.assert_allclose(data.SX[:, j], studies.frames[name]["se"])
    np.testing.assert_allclose(data.by, studies.frames["chd"]["beta"])
    assert (data.n_exposure, data.n_outcome) == ((1000, 1000), 1000)
    told = read_two_sample(studies.write(), n_exposure=[5, 6], n_outcome=7)
    assert (told.n_exposure, told.n_outcome) == ((5, 6), 7)
    assert len(data.harmonised) == 24
    assert data.harmonised["keep"].all()
    assert not data.binary


@pytest.mark.parametrize("turned", ["ldl", "hdl", "chd"])
@pytest.mark.parametrize("strand", [False, True])
def test_it_does_not_matter_which_allele_a_table_counts(studies: Studies, turned: str, strand: bool) -> None:
    expected = read_two_sample(studies.write())
    rows = np.arange(12) % 3 == 0
    studies.frames[turned] = swapped(studies.frames[turned], rows)
    if strand:
        for name in ("effect_allele", "other_allele"):
            studies.frames[turned][name] = studies.frames[turned][name].str.translate(STRAND)
    found = read_two_sample(studies.write())
    sign = np.where(rows, -1.0, 1.0) if turned == "ldl" else np.ones(12)  # the first exposure's alleles stand for all
    np.testing.assert_allclose(found.BX, sign[:, None] * expected.BX)
    np.testing.assert_allclose(found.by, sign * expected.by)


def test_what_is_dropped_has_a_reason_and_is_counted(studies: Studies) -> None:
    studies.frames["hdl"] = studies.frames["hdl"].drop(index=[2])
    studies.frames["chd"].loc[5, "other_allele"] = "CC"
    studies.frames["chd"] = studies.frames["chd"].drop(index=[7])
    data = read_two_sample(studies.write())
    assert data.p == 9
    reasons = data.harmonised[data.harmonised["exposure"] == "ldl"].set_index("id")["drop_reason"]
    assert reasons["rs2"] == "not in the table of hdl"
    assert reasons["rs5"] == "alleles differ between the studies"
    assert reasons["rs7"] == "not in the outcome's table"
    dropped = {step.reason: step.removed for step in data.flow.steps if step.removed}
    assert dropped == {reason: 1 for reason in reasons if reason}
    assert data.flow.steps[-1].remaining == 9


def test_variants_associated_with_any_exposure_stay(studies: Studies) -> None:
    z = {name: np.abs(studies.frames[name]["beta"] / studies.frames[name]["se"]) for name in ("ldl", "hdl")}
    for name in z:
        studies.frames[name]["pval"] = np.where(z[name] > 60, 1e-9, 0.5)
    data = read_two_sample(studies.write(), p_value=5e-8)
    near = (z["ldl"] > 60) | (z["hdl"] > 60)
    assert 0 < near.sum() < 12
    assert data.variants["id"].tolist() == studies.frames["ldl"]["SNP"][near].tolist()
    with pytest.raises(ValueError, match="p_value must be reached by at least one variant of the exposures. Got 1e-20"):
        read_two_sample(studies.write(), p_value=1e-20)


def test_effects_of_one_wide_table_without_alleles(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"{name}_{what}": rng.uniform(0.1, 1, 8) for name in "abc" for what in ("beta", "se")})
    frame.insert(0, "SNP", [f"rs{i}" for i in range(8)])
    path = tmp_path / "wide.tsv"
    frame.to_csv(path, sep="\t", index=False)

    def of(name: str) -> dict[str, str]:
        return {"beta": f"{name}_beta", "se": f"{name}_se"}

    data = read_two_sample(SummaryFiles([path] * 2, path, [of("a"), of("b")], of("c"), ["A", "B"], "C"), aligned=True)
    np.testing.assert_allclose(data.BX, frame[["a_beta", "b_beta"]])
    np.testing.assert_allclose(data.sy, frame["c_se"])
    assert (data.exposure_names, data.outcome_name) == (("A", "B"), "C")


def test_one_table_is_taken_to_be_harmonised(tmp_path: Path) -> None:
    path = tmp_path / "both.tsv"
    head = "SNP effect_allele.exposure other_allele.exposure beta.exposure se.exposure effect_allele.outcome"
    head += " other_allele.outcome beta.outcome se.outcome"
    path.write_text(f"{head}\nrs1 A T 1 2 A T 3 4\nrs2 A G 1 2 G A 3 4\n")
    data = read_two_sample(SummaryFiles([path], path))
    assert data.by.tolist() == [3, -3]
    assert (data.exposure_names, data.outcome_name) == (("exposure",), "outcome")
    assert any("`action` 1" in note for note in data.flow.notes)
    assert read_two_sample(SummaryFiles([path], path), action=2).variants["id"].tolist() == ["rs2"]


def test_clumping_by_reference_genotypes(studies: Studies, reference: Path) -> None:
    frame = studies.frames["ldl"]
    frame["pval"] = 1e-9
    frame.loc[[1, 3], "pval"] = 1e-12  # the better of two linked variants stays
    studies.frames["chd"] = studies.frames["chd"].drop(index=[3])  # and the next where the outcome lacks it
    data = read_two_sample(studies.one(), reference=GenotypeFiles(bfile=reference), r2=0.5)
    kept = data.variants["id"].tolist()
    assert kept == [f"rs{i}" for i in range(12) if i not in (0, 3)]
    reasons = data.harmonised.set_index("id")["drop_reason"]
    assert reasons["rs0"].startswith("in linkage disequilibrium with rs1 (r2 0.")
    assert any("300 reference individuals" in note for note in data.flow.notes)


def test_p_values_that_are_zero_go_by_effect(studies: Studies, reference: Path) -> None:
    frame = studies.frames["ldl"]
    frame["pval"], frame["beta"], frame["se"] = 0.0, 1.0, 0.01
    frame.loc[[1, 2], "beta"] = 2.0
    data = read_two_sample(studies.one(), reference=GenotypeFiles(bfile=reference), r2=0.5)
    assert data.variants["id"].tolist() == [f"rs{i}" for i in range(12) if i not in (0, 3)]


def test_variants_that_the_reference_lacks_or_names_otherwise(studies: Studies, reference: Path) -> None:
    extra = studies.frames["ldl"].loc[[0]].assign(SNP="rs99")
    for name in ("ldl", "chd"):
        studies.frames[name] = pd.concat([studies.frames[name], extra], ignore_index=True)
        studies.frames[name].loc[8, ["effect_allele", "other_allele"]] = ["A", "C"]
    found = read_two_sample(studies.one(), reference=GenotypeFiles(bfile=reference), r2=0.99)
    reasons = found.harmonised.set_index("id")["drop_reason"]
    assert reasons["rs99"] == "not in the reference genotypes"
    assert reasons["rs8"] == "alleles differ from the reference genotypes"
    for frame in studies.frames.values():
        frame["SNP"] = "x" + frame["SNP"]
    with pytest.raises(
        ValueError, match=r"reference genotypes must hold the variants. Got none of 13 \(the tables name"
    ):
        read_two_sample(studies.one(), reference=GenotypeFiles(bfile=reference))


def test_correlations_follow_the_effect_alleles(studies: Studies, reference: Path) -> None:
    files = GenotypeFiles(bfile=reference)
    first = read_two_sample(studies.one(), reference=files, correlated=True).correlation
    assert first is not None
    assert first[0, 1] > 0.8
    assert first[2, 3] < -0.8
    rows = np.arange(12) % 2 == 0
    studies.frames["ldl"] = swapped(studies.frames["ldl"], rows)
    second = read_two_sample(studies.one(), reference=files, correlated=True).correlation
    sign = np.where(rows, -1, 1)
    np.testing.assert_allclose(second, first * np.outer(sign, sign))


def ld_table(studies: Studies, names: list[str], folder: Path, **options: Any) -> tuple[Path, np.ndarray]:
    p = len(names)
    matrix = 0.5 ** np.abs(np.subtract.outer(np.arange(p), np.arange(p)))
    path = folder / "ld.tsv"
    pd.DataFrame(matrix, columns=names, index=names).to_csv(path, sep="\t", **options)
    return path, matrix


@pytest.mark.parametrize("index", [False, True])
def test_a_table_of_correlations_is_turned_to_the_effect_alleles(studies: Studies, tmp_path: Path, index: bool) -> None:
    frame = studies.frames["ldl"]
    names = [f"{row.SNP}_{row.effect_allele}_{row.other_allele}" for row in frame.itertuples()]
    names[4] = f"rs4_{frame['other_allele'][4]}_{frame['effect_allele'][4]}"
    names[5] = "rs5_A_TT"
    path, matrix = ld_table(studies, names[::-1], tmp_path, index=index)
    data = read_two_sample(studies.one(), ld=path)
    sign = np.where(np.arange(12) == 4, -1, 1)
    rows = np.delete(np.arange(12), 5)
    np.testing.assert_allclose(data.correlation, (matrix[::-1, ::-1] * np.outer(sign, sign))[np.ix_(rows, rows)])
    reasons = data.harmonised.set_index("id")["drop_reason"]
    assert reasons["rs5"] == "not in the table of correlations, or alleles differ"
    assert any(note.startswith("1 of 11 variants") for note in data.flow.notes)


def test_correlations_without_alleles_are_noted(studies: Studies, tmp_path: Path) -> None:
    path, matrix = ld_table(studies, list(studies.frames["ldl"]["SNP"]), tmp_path, index=False)
    data = read_two_sample(studies.one(), ld=path)
    np.testing.assert_allclose(data.correlation, matrix)
    assert any("does not name the alleles of 12 variants" in note for note in data.flow.notes)


def test_what_cannot_be_read(studies: Studies, tmp_path: Path, reference: Path) -> None:
    files = studies.write()
    with pytest.raises(ValueError, match="exposure_file must be given. Got none"):
        SummaryFiles([], files.outcome)
    with pytest.raises(ValueError, match="exposure_columns must be given once, or once for each .* Got 3 for 2"):
        SummaryFiles(files.exposures, files.outcome, [{}] * 3)
    with pytest.raises(ValueError, match=r"exposure must be given once for each exposure. Got 1 for 2: ldl, hdl."):
        read_two_sample(SummaryFiles(files.exposures, files.outcome, exposure_names=["a"]))
    with pytest.raises(ValueError, match="exposure must name each exposure differently. Got a, a"):
        read_two_sample(SummaryFiles(files.exposures, files.outcome, exposure_names=["a", "a"]))
    with pytest.raises(ValueError, match="p_value must be above 0 and at most 1. Got 0"):
        read_two_sample(files, p_value=0)
    with pytest.raises(ValueError, match=r"n_exposure must be given once for each exposure. Got 1 for 2: ldl, hdl."):
        read_two_sample(files, n_exposure=[1000])
    with pytest.raises(
        ValueError, match="correlated must come with reference genotypes. Got none; give ref_bfile, ref_pfile"
    ):
        read_two_sample(files, correlated=True)
    path, _ = ld_table(studies, ["a", "b"], tmp_path, index=False)
    with pytest.raises(
        ValueError,
        match=r"ld must hold correlations of the variants. Got none of 12 \(the variants are named like 'rs0'",
    ):
        read_two_sample(studies.one(), ld=path)
    path.write_text("a b\n1 0.5\n0.4 1\n")
    with pytest.raises(
        ValueError,
        match="ld must hold correlations, symmetric .*. Got 0.5 for 'a' and 'b', but 0.4 for the same two in",
    ):
        read_two_sample(studies.one(), ld=path)
    path.write_text("a b\n1 0.5\n0.5 2\n")
    with pytest.raises(ValueError, match="Got 2 on the diagonal, in column 'b' in"):
        read_two_sample(studies.one(), ld=path)
    path.write_text("a b\n1 NA\n0.5 1\n")
    with pytest.raises(ValueError, match="Got a missing value in row 'a' and column 'b' in .*. Give correlations r"):
        read_two_sample(studies.one(), ld=path)
    path.write_text("a b c\n1 0.5 0\n")
    with pytest.raises(ValueError, match="ld must be a square table .* Got 1 rows and 3 columns"):
        read_two_sample(studies.one(), ld=path)
    studies.frames["chd"]["outcome"] = ["x", "y"] * 6
    with pytest.raises(
        ValueError, match="outcome_file must hold one outcome. Got 2: x, y; write each outcome to a file of its own"
    ):
        read_two_sample(studies.one())
    studies.frames["chd"] = studies.frames["chd"].drop(columns="outcome").assign(effect_allele="GGG")
    with pytest.raises(ValueError, match="must share at least one usable variant. Got none: 12 alleles differ"):
        read_two_sample(studies.one())


def test_effects_of_a_reference_variant_that_does_not_vary(studies: Studies, tmp_path: Path) -> None:
    frame = studies.frames["ldl"]
    G = np.random.default_rng(0).binomial(2, 0.4, (50, 12)).astype(np.int8)
    G[:, 6] = 2
    properties = {"sid": frame["SNP"].to_numpy(), "allele_1": frame["effect_allele"].to_numpy()}
    to_bed(tmp_path / "flat.bed", G, properties=properties | {"allele_2": frame["other_allele"].to_numpy()})
    with pytest.raises(ValueError, match="variants must vary among the reference individuals. Got 'rs6'"):
        read_two_sample(studies.one(), reference=GenotypeFiles(bfile=tmp_path / "flat"), correlated=True)


def test_the_data_print_in_one_line(studies: Studies) -> None:
    data = read_two_sample(studies.one())
    aligned = "aligned to the same allele; the strand of palindromic variants inferred from their frequency"
    assert repr(data) == str(data) == f"SummaryData: 12 variants; exposure ldl, outcome chd; harmonised: {aligned}"
    both = replace(data, BX=np.ones((12, 2)), SX=np.ones((12, 2)), exposure_names=("a" * 300, "b"), alignment="")
    shown = repr(replace(both, correlation=np.eye(12), binary=True))
    assert shown.startswith("SummaryData: 12 variants, with correlations; exposures aaa")
    assert shown.endswith("a..., outcome chd (log odds ratios)")
    assert len(shown) < 500


def test_paths_print_in_one_line(studies: Studies) -> None:
    assert repr(SummaryFiles(["bmi.tsv"], "sbp.tsv")) == (
        "SummaryFiles(exposures=['bmi.tsv'], outcome='sbp.tsv', exposure_columns=(), outcome_columns={},"
        " exposure_names=(), outcome_name='')"
    )
    many = repr(SummaryFiles([f"{i}.tsv" for i in range(1000)], "sbp.tsv"))
    assert many.startswith("SummaryFiles(exposures=list of 1000, outcome='sbp.tsv'")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"BX": np.ones((3, 1))},
            r"BX must have shape \(12, 1\). Got \(3, 1\). Give one row for each of the 12 variants",
        ),
        ({"sy": np.zeros(12)}, "sy must be finite and above 0. Got 12 values that are not; drop these variants"),
        ({"by": np.full(12, np.nan)}, "by must be finite. Got 12 values that are not"),
        ({"variants": pd.DataFrame({"id": ["rs1"]})}, "variants must have a row for each of 12 variants. Got 1 rows"),
        ({"correlation": np.eye(3)}, r"correlation must have shape \(12, 12\). Got \(3, 3\); give a square matrix"),
    ],
)
def test_data_that_do_not_fit_together(studies: Studies, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(read_two_sample(studies.one()), **change)


LD_FAULTS = {
    "1 0.3\n0.3 1\n": "ld must start with a header that names the variants. Got numbers in the first line of",
    "rs0 rs1\n1 1\n1 1\n": "correlation must be positive definite. Got a correlation of 1 between 'rs0' and 'rs1'",
    "rs0 rs1 rs2\n1 .9 -.9\n.9 1 .9\n-.9 .9 1\n": "Got a smallest eigenvalue of -0.8, to which rs",
    "rs0_T_C rs1_T_G\n1 .3\n.3 1\n": r"2 of 2 with other alleles \(such as T/C of 'rs0'.*on the strand of the exposure",
    "rs0 rs1\n1 1.3\n1.3 1\n": "Got 1.3, beyond 1, for 'rs0' and 'rs1'",
}


@pytest.mark.parametrize("text", LD_FAULTS)
def test_faults_of_a_table_of_correlations_name_the_variants(studies: Studies, tmp_path: Path, text: str) -> None:
    (tmp_path / "r.txt").write_text(text)
    studies.frames["ldl"] = studies.frames["ldl"].head(text.split("\n")[0].count("rs") or 2)
    with pytest.raises(ValueError, match=LD_FAULTS[text]):
        read_two_sample(studies.one(), ld=tmp_path / "r.txt")
