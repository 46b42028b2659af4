import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from latentmr.data import Plan, read_genotypes, read_instruments, read_plink

BASE: dict[str, Any] = {"pheno": "t.tsv", "env": "site", "exposure": "x", "outcome": "y"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"maf": 0.6}, "maf must lie between 0 and 0.5. Got 0.6; leave maf out for the default."),
        ({"maf": -0.1}, "maf must lie between 0 and 0.5. Got -0.1; leave maf out for the default."),
        ({"geno": 1.5}, "geno must lie between 0 and 1. Got 1.5; leave geno out for the default."),
        ({"mind": -1}, "mind must lie between 0 and 1. Got -1; leave mind out for the default."),
        ({"hwe": 2}, "hwe must lie between 0 and 1. Got 2; leave hwe out for the default."),
        ({"info": -1}, "info must lie between 0 and 1. Got -1; leave info out for the default."),
        ({"max_kinship": 0.5}, "max_kinship must lie between 0 and 0.5. Got 0.5; 0.0884 excludes relatives"),
        ({"autosomes": 0}, "autosomes must be at least 1. Got 0; it is 22 for humans."),
        ({"memory": -1}, "memory must be a number of gigabytes above 0. Got -1; leave it out for no limit."),
        (
            {"selection": "a", "extract": "b"},
            "selection must be given without extract: it has its own list. Got both; leave one of them out.",
        ),
        ({"mind": float("nan")}, "mind must lie between 0 and 1. Got nan; leave mind out for the default."),
        (
            {"outcome_type": "counts"},
            "outcome_type must be one of auto, continuous, binary. Got 'counts'; auto recognises 0/1",
        ),
        ({"outcome": None}, "outcome must be given with exposure. Got exposure alone; name both, or neither"),
        ({"exposure": ()}, "exposure must be given with outcome. Got outcome alone; name both, or neither"),
        ({"pheno": ()}, "pheno must be given for the columns x, y, site. Got no table; name the table with them."),
        ({"outcome": "x"}, "exposure and outcome must name different columns. Got 'x' twice; give each column"),
        ({"exposure": ["x", "x"]}, "exposure must name different columns. Got 'x' twice; give each column one role."),
        ({"covar": ["y"]}, "outcome and covar must name different columns. Got 'y' twice"),
        ({"covar": "c", "aux": "c"}, "covar and aux must name different columns. Got 'c' twice"),
        ({"env": "x"}, "env and exposure must name different columns. Got 'x' twice; give each column one role."),
        ({"env": "y"}, "env and outcome must name different columns. Got 'y' twice; give each column one role."),
        ({"aux": "site"}, "env and aux must name different columns. Got 'site' twice; give each column one role."),
        (
            {"cluster": "x"},
            "cluster and exposure must name different columns. Got 'x' twice; give each column one role.",
        ),
        (
            {"cluster": ["f", "y"]},
            "cluster and outcome must name different columns. Got 'y' twice; give each column one role.",
        ),
    ],
)
def test_a_plan_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Plan(**BASE | change)


def test_the_ends_of_the_ranges_are_allowed() -> None:
    plan = Plan(**BASE, maf=0.5, geno=1.0, mind=0.0)
    assert (plan.maf, plan.geno, plan.mind) == (0.5, 1.0, 0.0)


def test_one_name_stands_for_a_list_of_one() -> None:
    plan = Plan(pheno=Path("t.tsv"), exposure="x", outcome="y", covar="age", aux="pc1", cluster="family")
    assert (plan.exposure, plan.covar, plan.aux, plan.cluster) == (("x",), ("age",), ("pc1",), ("family",))
    assert plan.tables == ("t.tsv",)


def test_a_column_with_two_parts_that_agree_is_read_once() -> None:
    plan = Plan(**BASE, covar=["site", "age"], cluster="site")
    assert plan.columns() == ("x", "site", "age", "y")
    assert plan.labels() == ("site", "site")


def test_nothing_is_asked_of_tables_when_only_genotypes_are_read() -> None:
    assert Plan().columns() == ()


@pytest.mark.parametrize("reader", [read_genotypes, read_instruments, read_plink])
def test_readers_name_what_a_plan_has_with_its_defaults(reader):
    named = {name: each.default for name, each in inspect.signature(reader).parameters.items()}
    assert {field.name: named[field.name] for field in fields(Plan)} == {
        each.name: each.default for each in fields(Plan)
    }
    described = re.findall(r"^    ([\w, ]+) : ", str(inspect.getdoc(reader)).replace("\n", "\n    "), re.MULTILINE)
    assert set(named) == {name for names in described for name in names.split(", ")}


@pytest.mark.parametrize("reader", [read_genotypes, read_instruments, read_plink])
def test_a_typo_is_told_with_the_nearest_argument(reader):
    said = f"{reader.__name__}() got an unexpected argument 'exposre'; the nearest is exposure."
    with pytest.raises(TypeError, match=f"^{re.escape(said)}$"):
        reader("genotypes", pheno="t.tsv", exposre="bmi")
    with pytest.raises(TypeError, match=r"got an unexpected argument 'zzz'; it takes .*pheno, env"):
        reader("genotypes", zzz=1)
