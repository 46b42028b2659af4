import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from latentmr.data import FlowStep, Ledger


def test_every_step_of_a_study_with_everything(study: Any, steps: Any) -> None:
    table, G = study.table, study.genotypes
    keep = study.write_lines("keep.txt", [f"F {i}" for i in study.people[:115]] + ["F stranger"])
    remove = study.write_lines("remove.txt", ["000", "001", "119", "stranger"])
    extract = study.write_lines("extract.txt", [f"rs{j}" for j in range(9)] + ["rs77", "rs78"])
    table.loc[[2, 3, 4], "site"] = None
    table.loc[[4, 5, 6], "pc1"] = np.nan
    table.loc[:39, "site"] = table.loc[:39, "site"].where(table.index[:40] != 10, "b")
    table.loc[100:, "site"] = "d"
    G[7, :] = np.nan
    G[50:57, 0] = np.nan
    G[:, 1] = 2
    G[:, 2] = 0
    G[60, 2] = 1
    table.loc[[60, 61], "x"] = np.nan
    table.loc[[61, 62, 63, 64], "y"] = -9
    table.loc[[64, 65], "age"] = np.nan
    table.loc[[66, 105], "family"] = None
    data = study.read(
        keep=keep, remove=remove, extract=extract, aux="pc1", covar="age", cluster="family", mind=0.5, geno=0.05
    )
    assert list(steps(data).items()) == [
        (f"read from {study.prefix}", (0, 10)),  # of samples (0, 120), then of variants
        ("not in the keep list", (5, 115)),
        ("in the remove list", (2, 113)),
        ("no environment (site) in the tables", (3, 110)),
        ("auxiliary feature missing (aux)", (2, 108)),
        ("not in the extract list", (1, 9)),
        ("more than two alleles", (0, 9)),
        ("not on an autosome (autosomes 22)", (0, 9)),
        ("more than 0.5 of calls missing (mind)", (1, 107)),
        ("more than 0.05 of calls missing (geno)", (1, 8)),
        ("monomorphic or constant", (1, 7)),
        ("minor allele frequency under 0.01 (maf)", (1, 6)),
        ("environment with fewer than 30 individuals", (35, 72)),
        ("exposure x missing (kept for learning)", (2, 105)),
        ("outcome y missing (kept for learning)", (3, 102)),
        ("covariate age missing (kept for learning)", (1, 101)),
        ("cluster family missing (kept for learning)", (2, 99)),
    ]
    assert data.flow.steps[0] == FlowStep("samples", "read", f"read from {study.prefix}", 0, 120)
    assert data.flow.warnings == (
        f"1 of the 4 ids of the remove list are not in {study.prefix}.",
        "y: 4 values of -9 were read as missing (PLINK's code); recode them if -9 is a valid value.",
        f"2 of the 11 variants of the extract list are not in {study.prefix}: 'rs77', 'rs78'.",
        "1 variants do not vary among these individuals and were removed: rs1.",
        "environment 'c' has fewer than 30 individuals: it is excluded from learning and kept in estimation.",
        "environment 'd' has fewer than 30 individuals: it is excluded from learning and kept in estimation.",
    )


def test_a_plain_study_takes_every_step_and_removes_nothing(study: Any, steps: Any) -> None:
    data = study.read()
    taken = steps(data)
    assert all(removed == 0 for removed, _ in taken.values())
    assert [(step.unit, step.stage) for step in data.flow.steps] == [
        ("samples", "read"),
        ("samples", "filter"),
        ("variants", "read"),
        ("variants", "filter"),
        ("variants", "filter"),
        ("samples", "filter"),
        ("variants", "filter"),
        ("variants", "filter"),
        ("variants", "filter"),
        ("samples", "learning"),
        ("samples", "estimation"),
        ("samples", "estimation"),
    ]
    assert data.flow.warnings == ()


def test_a_missing_phenotype_leaves_estimation_alone(study: Any) -> None:
    study.table.loc[[3, 50], "x"] = np.nan
    study.table.loc[[4, 50], "y"] = np.nan
    data = study.read()
    assert data.n == 120
    assert data.in_learning.all()
    assert np.flatnonzero(~data.in_estimation).tolist() == [3, 4, 50]


def test_no_phenotype_is_needed_to_learn(study: Any, steps: Any) -> None:
    data = study.read(exposure=(), outcome=None)
    assert (data.X.shape, data.outcome_name, data.in_estimation.any()) == ((120, 0), "", np.False_)
    assert not any(step.stage == "estimation" for step in data.flow.steps)
    assert steps(data)["environment with fewer than 30 individuals"] == (0, 120)


def test_as_many_variants_as_people_in_learning(study: Any) -> None:
    study.genotypes = np.random.default_rng(0).binomial(2, 0.4, (120, 90)).astype(float)
    study.variants = study.variants.iloc[np.zeros(90, dtype=int)].assign(id=[f"rs{j}" for j in range(90)])
    study.table["site"] = np.repeat(["a", "b", "c"], [50, 41, 29])
    plan = {"exposure": (), "outcome": None}
    assert study.read(**plan).p == 90
    study.table["site"] = np.repeat(["a", "b", "c", "d"], [50, 40, 29, 1])
    message = (
        "instruments must be fewer than individuals. Got 90 variants for 90 individuals in learning; give a shorter"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(**plan)


def test_a_genome_without_a_list_is_refused_before_it_is_read(study: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    study.genotypes = np.random.default_rng(0).binomial(2, 0.4, (120, 130)).astype(float)
    study.variants = study.variants.iloc[np.zeros(130, dtype=int)].assign(id=[f"rs{j}" for j in range(130)])
    study.write_bed()
    monkeypatch.setattr("latentmr.data.genotypes.plink.PlinkSource.read", lambda *_: pytest.fail("genotypes were read"))
    message = (
        "instruments must be fewer than individuals. Got 130 variants for 120 individuals before any filter; give a"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read()


def test_as_many_variants_as_people_in_estimation(study: Any) -> None:
    study.table.loc[11:, "y"] = np.nan
    assert study.read().in_estimation.sum() == 11
    study.table.loc[10, "y"] = np.nan
    message = (
        "instruments must be fewer than individuals. Got 10 variants for 10 individuals with all phenotypes; give a"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read()


def test_steps_are_plain_values() -> None:
    ledger = Ledger()
    ledger.step("samples", "filter", "why", np.int64(2), np.int64(3))
    flow = ledger.close()
    ledger.notes.append("late")
    assert json.loads(json.dumps(flow.steps[0].to_dict())) == {
        "unit": "samples",
        "stage": "filter",
        "reason": "why",
        "removed": 2,
        "remaining": 3,
    }
    assert flow.notes == ()


def test_another_ledger_for_the_same_data(study: Any) -> None:
    data = study.read()
    other = replace(data, flow=Ledger().close())
    assert other.flow.steps == ()
    assert other.G is data.G
