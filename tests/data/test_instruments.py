import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data import TableSource


def table(study: Any, values: np.ndarray) -> pd.DataFrame:
    out = pd.DataFrame(values, columns=[f"rs{j}" for j in range(values.shape[1])])
    out.insert(0, "IID", study.people)
    return out


def test_hard_calls(study: Any) -> None:
    study.genotypes[2, 3] = np.nan
    data = study.read_table(table(study, study.genotypes))
    assert (data.kind, data.G.dtype) == ("counts", np.int8)
    np.testing.assert_array_equal(data.G, np.where(np.isnan(study.genotypes), -127, study.genotypes))
    assert (data.variants.drop(columns="id") == "NA").all(axis=None)


def test_the_same_calls_as_in_a_fileset(study: Any) -> None:
    bed, text = study.read(), study.read_table(table(study, study.genotypes))
    np.testing.assert_array_equal(bed.G, text.G)
    np.testing.assert_array_equal(bed.fill, text.fill)
    np.testing.assert_array_equal(bed.X, text.X)


def test_dosages(study: Any) -> None:
    values = study.genotypes.copy()
    values[4, 5] = 0.25
    data = study.read_table(table(study, values))
    assert (data.kind, data.G.dtype) == ("dosages", np.float32)
    np.testing.assert_array_equal(data.G, values.astype(np.float32))


def test_continuous_instruments(study: Any) -> None:
    data = study.read_table(table(study, study.genotypes - 1))
    assert (data.kind, data.G.dtype) == ("continuous", np.float32)
    np.testing.assert_array_equal(data.G, study.genotypes - 1)


def test_minus_nine_is_a_value_of_a_continuous_instrument(study: Any) -> None:
    study.genotypes += 0.5
    study.genotypes[6, 1] = -9
    data = study.read_table(table(study, study.genotypes))
    assert data.kind == "continuous"
    assert data.G[6, 1] == -9
    assert data.flow.warnings == ()


def test_the_id_columns_are_no_instruments(study: Any) -> None:
    frame = table(study, study.genotypes)
    frame.insert(0, "#FID", "f")
    frame = frame.rename(columns={"#FID": "FID"})
    assert study.read_table(frame).variants["id"].tolist() == [f"rs{j}" for j in range(10)]


def test_the_id_option_may_hold_for_the_phenotypes_alone(study: Any) -> None:
    pheno = study.write_table(study.table.rename(columns={"IID": "eid"}).iloc[:, ::-1])
    data = study.read_table(table(study, study.genotypes), pheno=pheno, id="eid")
    np.testing.assert_array_equal(data.X[:, 0], study.table["x"])


def test_no_instrument(study: Any) -> None:
    path = study.write_table(pd.DataFrame({"FID": ["f"], "IID": ["p"]}), "i.tsv")
    message = f"instruments must have a column for each instrument. Got only FID, IID in {path}; add columns."
    with pytest.raises(ValueError, match=re.escape(message)):
        TableSource(path)


def test_infinite_instruments(study: Any) -> None:
    study.genotypes[[1, 2], 4] = np.inf
    message = "instruments must be finite. Got 2 infinite values in 'rs4'; write NA for missing values."
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read_table(table(study, study.genotypes))


def test_text_in_an_instrument(study: Any) -> None:
    frame = table(study, study.genotypes).astype({"rs2": object})
    frame.loc[3, "rs2"] = "A/G"
    with pytest.raises(
        ValueError, match=r"instruments must be a numeric column. Got 'rs2' of .* text on line 5; write NA"
    ):
        study.read_table(frame)


def test_instruments_without_any_value(study: Any) -> None:
    with pytest.raises(
        ValueError, match=r"mind must keep at least one individual. Got none with at most 0.1 of calls missing"
    ):
        study.read_table(table(study, np.full((120, 3), np.nan)))


def test_a_table_of_variants_names_alleles(study: Any) -> None:
    described = study.variants[["other_allele", "id", "effect_allele", "chrom"]].astype(object).iloc[::-1]
    described.loc[3, "other_allele"] = None
    more = pd.DataFrame({"id": ["unused"], "effect_allele": ["A"]})
    path = study.write_table(pd.concat([described, more]), "variants.tsv")
    source = TableSource(study.write_table(table(study, study.genotypes), "i.tsv"), path)
    expected = study.variants.assign(pos="NA")
    expected.loc[3, "other_allele"] = "NA"
    pd.testing.assert_frame_equal(source.variants, expected, check_dtype=False)


def test_a_table_of_variants_without_a_row(study: Any) -> None:
    variants = study.write_table(study.variants.drop([4, 7]), "variants.tsv")
    path = study.write_table(table(study, study.genotypes), "i.tsv")
    message = "variants must have a row for each instrument. Got none for 2 of 10, for instance 'rs4'; add the rows"
    with pytest.raises(ValueError, match=re.escape(message)):
        TableSource(path, variants)


def test_repeated_people(study: Any) -> None:
    study.people[4] = "001"
    with pytest.raises(ValueError, match=r"instruments.tsv must have each id once in column 'IID'. Got 1 repeated ids"):
        study.read_table(table(study, study.genotypes), pheno=study.write_table())


def test_repeated_instruments(study: Any) -> None:
    frame = table(study, study.genotypes).rename(columns={"rs3": "rs2"})
    with pytest.raises(ValueError, match=r"must have each variant id once. Got 1 repeated ids, for instance 'rs2'"):
        study.read_table(frame)
