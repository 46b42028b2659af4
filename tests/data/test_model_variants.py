import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data import Dataset, read_instruments
from latentmr.data.wanted import Wanted


def wanted_of(data: Dataset, columns: list[int], **changes: Any) -> Wanted:
    parts = {
        "variants": data.variants.iloc[columns].reset_index(drop=True),
        "env_names": data.env_names,
        "fill": data.fill[:, columns],
        "pooled_fill": np.arange(len(columns)) / 10,
        "kind": data.kind,
    }
    return Wanted(**parts | changes)


def frame_of(study: Any, values: np.ndarray) -> pd.DataFrame:
    out = pd.DataFrame(values, columns=study.variants["id"])
    out.insert(0, "IID", study.people)
    return out


def test_variants_come_in_the_order_of_the_model(study: Any, steps: Any) -> None:
    wanted = wanted_of(study.read(), [7, 2, 5])
    data = study.read(wanted=wanted)
    np.testing.assert_array_equal(data.G, study.genotypes[:, [7, 2, 5]])
    pd.testing.assert_frame_equal(data.variants, wanted.variants)
    assert steps(data)["not in the model"] == (7, 3)
    assert "120 of 120 genotyped individuals found; environment site: labels" in data.flow.notes[0]
    assert data.flow.warnings == ()


def test_genotypes_that_count_the_other_allele_are_flipped(study: Any) -> None:
    study.genotypes[4, [2, 3]] = np.nan
    model = study.read(geno=1, mind=1)
    swapped = [2, 6]
    study.genotypes[:, swapped] = 2 - study.genotypes[:, swapped]
    v = study.variants
    v.loc[swapped, ["effect_allele", "other_allele"]] = v.loc[swapped, ["other_allele", "effect_allele"]].to_numpy()
    data = study.read(wanted=wanted_of(model, [6, 3, 2, 0]), mind=1)
    np.testing.assert_array_equal(data.G, model.G[:, [6, 3, 2, 0]])
    assert data.G[4].tolist() == [model.G[4, 6], -127, -127, model.G[4, 0]]
    assert data.variants["effect_allele"].tolist() == model.variants["effect_allele"][[6, 3, 2, 0]].tolist()
    assert data.flow.notes[1] == (
        f"2 variants count the model's other allele in {study.prefix}: their genotypes were flipped."
    )


def test_dosages_are_flipped_too(study: Any) -> None:
    model = study.read()
    values = (study.genotypes / 3).round(3)
    values[0, 1] = np.nan
    swapped = study.variants.rename(columns={"effect_allele": "other_allele", "other_allele": "effect_allele"})
    paths = study.write_table(frame_of(study, values), "g.tsv"), study.write_table(swapped, "v.tsv")
    data = read_instruments(paths[0], variants=paths[1], wanted=wanted_of(model, [1, 0]), **study.plan(mind=1))
    assert data.kind == "dosages"
    np.testing.assert_allclose(data.G[1:], 2 - values[1:, [1, 0]], rtol=1e-5)
    np.testing.assert_allclose(data.G[0, 0], model.fill[0, 1], rtol=1e-6)


def test_unknown_alleles_are_matched_by_id_alone(study: Any) -> None:
    model = study.read()
    path = study.write_table(frame_of(study, study.genotypes), "g.tsv")
    data = read_instruments(path, wanted=wanted_of(model, [3, 1]), **study.plan())
    np.testing.assert_array_equal(data.G, model.G[:, [3, 1]])
    assert data.variants["effect_allele"].tolist() == model.variants["effect_allele"][[3, 1]].tolist()
    assert data.flow.warnings == ("2 variants were matched by id only: their alleles are unknown.",)
    unknown = model.variants.assign(effect_allele="NA", other_allele="NA")
    data = study.read(wanted=wanted_of(model, list(range(10)), variants=unknown))
    np.testing.assert_array_equal(data.G, model.G)
    assert data.flow.warnings == ("10 variants were matched by id only: their alleles are unknown.",)


def test_a_variant_of_the_model_that_is_absent(study: Any) -> None:
    model = study.read()
    study.variants.loc[[4, 8], "id"] = ["new1", "new2"]
    message = (
        f"{study.prefix} must hold all 3 variants of the model. Got none for 2, for instance 'rs8'; add"
        " them, or learn a model"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(wanted=wanted_of(model, [8, 0, 4]))
    assert study.read(wanted=wanted_of(model, [0, 1])).p == 2


def test_other_alleles_than_the_model(study: Any) -> None:
    model = study.read()
    study.variants.loc[[1, 3], "other_allele"] = "G"
    message = (
        f"{study.prefix} must have the alleles of the model. Got 2 variants with others, for instance 'rs3': T/G"
        " instead of T/A; check the strand and the build."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(wanted=wanted_of(model, [0, 3, 1]))


def test_a_variant_of_the_model_that_comes_twice(study: Any) -> None:
    model = study.read()
    study.variants.loc[9, "id"] = "rs2"
    with pytest.raises(ValueError, match=r"must have each variant id once. Got 1 repeated ids, for instance 'rs2'"):
        study.read(wanted=wanted_of(model, [2]))
    assert study.read(wanted=wanted_of(model, [3])).p == 1


def test_missing_calls_are_filled_by_the_model(study: Any) -> None:
    fill = np.array([[0.1, 0.2], [0.3, 0.4]])
    wanted = wanted_of(study.read(), [0, 1], env_names=("b", "z"), fill=fill, pooled_fill=np.array([0.5, 0.6]))
    study.genotypes[[0, 40, 80], :] = np.nan
    data = study.read(wanted=wanted, mind=1)
    assert data.env_names == ("a", "b", "c")
    np.testing.assert_array_equal(data.fill, [[0.5, 0.6], [0.1, 0.2], [0.5, 0.6]])
    np.testing.assert_array_equal(next(data.blocks(np.array([0, 40, 80])))[1], [[0.5, 0.6], [0.1, 0.2], [0.5, 0.6]])
    values = study.genotypes / 2
    path = study.write_table(frame_of(study, values), "g.tsv")
    scores = read_instruments(path, wanted=wanted, **study.plan(mind=1))
    assert scores.kind == "dosages"
    np.testing.assert_allclose(scores.G[[0, 40, 80], :], [[0.5, 0.6], [0.1, 0.2], [0.5, 0.6]], rtol=1e-6)


def test_no_variant_filter_applies(study: Any, steps: Any) -> None:
    wanted = wanted_of(study.read(), [0, 1, 2, 3])
    study.genotypes[:, 0] = 0
    study.genotypes[1:, 1] = 0
    study.genotypes[:60, 2] = np.nan
    data = study.read(wanted=wanted, mind=0.5, extract=study.write_lines("extract.txt", ["rs9"]))
    assert data.variants["id"].tolist() == ["rs0", "rs1", "rs2", "rs3"]
    assert [reason for reason in steps(data) if reason.endswith(("(mind)", "(geno)", "(maf)", "(hwe)", "(info)"))] == [
        "more than 0.5 of calls missing (mind)"
    ]


def test_fewer_people_than_variants_may_be_encoded(study: Any) -> None:
    wanted = wanted_of(study.read(), list(range(10)))
    few = study.write_lines("keep.txt", study.people[:4])
    data = study.read(wanted=wanted, keep=few, exposure=(), outcome=None)
    assert (data.n, data.p) == (4, 10)


def test_people_need_no_environment_to_be_encoded(study: Any) -> None:
    wanted = wanted_of(study.read(), [0, 1, 2])
    data = study.read(wanted=wanted, pheno=(), env=None, exposure=(), outcome=None)
    assert data.env_names == ("all",)
    np.testing.assert_array_equal(data.fill, [[0.0, 0.1, 0.2]])


def test_counts_for_a_model_of_continuous_instruments(study: Any) -> None:
    model = study.read_table(frame_of(study, study.genotypes - 3))
    assert model.kind == "continuous"
    study.genotypes[0, 1] = np.nan
    path = study.write_table(frame_of(study, study.genotypes), "g.tsv")
    data = read_instruments(path, wanted=wanted_of(model, [1, 0]), **study.plan(mind=1))
    assert (data.kind, data.G.dtype) == ("continuous", np.float32)
    np.testing.assert_array_equal(data.G[1:], study.genotypes[1:, [1, 0]])
    np.testing.assert_allclose(data.G[0, 0], model.fill[0, 1], rtol=1e-6)


def test_continuous_instruments_for_a_model_of_genotypes(study: Any) -> None:
    wanted = wanted_of(study.read(), [0, 1])
    path = study.write_table(frame_of(study, study.genotypes - 1), "g.tsv")
    message = (
        "instruments must hold genotypes between 0 and 2, like those that the model was learned on. Got values outside"
    )
    with pytest.raises(ValueError, match=message):
        read_instruments(path, wanted=wanted, **study.plan())


@pytest.mark.parametrize("unknown", ["0", ".", "N"])
def test_one_unknown_allele_fits(study: Any, unknown: str) -> None:
    """PLINK writes 0 for an allele that nobody carries, on either side of the pair."""
    model = study.read()
    study.genotypes[:, 2], study.genotypes[:, 3] = 0, 2
    study.variants.loc[2, "effect_allele"], study.variants.loc[3, "other_allele"] = unknown, unknown
    # counted the other way round: nobody carries the model's counted allele
    study.genotypes[:, 4] = 2
    pair = study.variants.loc[4, ["effect_allele", "other_allele"]].tolist()
    study.variants.loc[4, ["effect_allele", "other_allele"]] = [pair[1], unknown]
    data = study.read(wanted=wanted_of(model, [2, 3, 4]), mind=1)
    assert data.G[0].tolist() == [0, 2, 0]
    assert any("3 variants have one unknown allele" in note for note in data.flow.notes)


def test_lower_case_alleles_are_the_same(study: Any) -> None:
    model = study.read()
    for name in ("effect_allele", "other_allele"):
        study.variants[name] = study.variants[name].str.lower()
    np.testing.assert_array_equal(study.read(wanted=wanted_of(model, [1, 0])).G, model.G[:, [1, 0]])


def test_an_unknown_allele_does_not_hide_another(study: Any) -> None:
    model = study.read()
    study.variants.loc[2, ["effect_allele", "other_allele"]] = ["0", "TTT"]
    with pytest.raises(ValueError, match="alleles of the model. Got 1 variants with others, .*'rs2': 0/TTT"):
        study.read(wanted=wanted_of(model, [2, 3]))


def test_a_variant_without_a_call_is_told(study: Any) -> None:
    model = study.read()
    study.genotypes[:, 2] = np.nan
    data = study.read(wanted=wanted_of(model, [2, 3, 4]), mind=1)
    assert data.flow.warnings == (
        "1 of 3 variants of the model have no call among these individuals, and their mean is used instead: rs2.",
    )
