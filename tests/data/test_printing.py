"""What objects print: names and sizes, never values of individuals, and never many characters."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data import Dataset, Flow, FlowStep, GenotypeFiles, Ledger, Plan, PlinkSource, TableSource, read_plink
from latentmr.data.genome.clump import Clumps
from latentmr.data.genome.kinship import Pairs
from latentmr.data.genome.pca import Components
from latentmr.data.genotypes.merge import MergedSource


def small(text: str) -> bool:
    return len(text) <= 5000 and text.count("\n") < 60 and not re.search(r"0x[0-9a-f]{6,}|array\(|\[\[", text)


def wide(n: int = 600, many: int = 40) -> Dataset:
    """Each column named, each in numbers, with names that HTML must escape."""
    rng = np.random.default_rng(1)
    env = [f"<b>{i % 15}" for i in range(n)]
    env[:5] = ["few & far"] * 5
    names = {name: tuple(f"{name}{j}" for j in range(many)) for name in ("covar", "aux", "control")}
    data = Dataset.from_arrays(
        rng.integers(0, 3, (n, many)),
        env,
        rng.normal(size=n),
        rng.normal(size=n),
        C=rng.normal(size=(n, many)),
        A=rng.normal(size=(n, many)),
        cluster=np.arange(n) % 7,
        negative_control=rng.normal(size=(n, many)),
    )
    return replace(
        data,
        exposure_names=("b" * 300,),
        outcome_name="<script>",
        covariate_names=names["covar"],
        aux_names=names["aux"],
        negative_control_names=names["control"],
    )


def test_a_data_set_is_one_line(study: Any) -> None:
    assert repr(study.read()) == (
        "Dataset: 120 individuals, 10 variants (counts), 3 environments; exposure x, outcome y"
    )
    data = study.read(covar="age", aux="pc1", cluster="family")
    assert str(data).endswith("; exposure x, outcome y; covariates age; auxiliary features pc1; clusters family")
    assert (
        repr(study.read(exposure=(), outcome=None)) == "Dataset: 120 individuals, 10 variants (counts), 3 environments"
    )
    instruments = pd.DataFrame({"IID": study.people, "g": np.linspace(-1, 5, 120)})
    shown = repr(study.read_table(instruments, env=None))
    assert shown == "Dataset: 120 individuals, 1 instrument (continuous), 1 environment; exposure x, outcome y"


def test_a_wide_data_set_is_short_too() -> None:
    data = wide()
    text, html = repr(data), data._repr_html_()
    assert small(text)
    assert small(html)
    assert (
        "; covariates covar0, covar1, covar2, covar3, covar4, covar5, covar6, covar7, covar8, covar9 and 30 more"
        in text
    )
    assert "negative-control outcomes control0, " in text
    assert "\n" not in text
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "600 individuals, 40 variants (counts), 16 environments" in html


def test_small_environments_are_not_counted() -> None:
    n = 100
    env = ["north"] * 19 + ["south & east"] * 20 + ["west"] * 61
    html = Dataset.from_arrays(np.random.default_rng(0).integers(0, 3, (n, 3)), env)._repr_html_()
    assert "north &lt;20, south &amp; east 20, west 61" in html
    assert "19" not in html


def test_values_of_individuals_are_not_printed(study: Any) -> None:
    data = study.read(covar="age", aux="pc1", negative_control="pc2") if "pc2" in study.table else study.read(aux="pc1")
    for text in (repr(data), str(data), data._repr_html_()):
        assert not re.search(r"\d\.\d", text)
        assert not any(f" {sample}" in text for sample in data.samples)


def test_flow_and_ledger() -> None:
    flow = Flow((FlowStep("samples", "filter", "not in the keep list", 1200, 4000),) * 2, ("note",), ())
    assert repr(flow) == str(flow) == "Flow: 2 steps, 1 note, 0 warnings"
    assert repr(flow.steps[0]) == "FlowStep: samples, filter: not in the keep list; 1,200 removed, 4,000 remain"
    assert repr(Ledger(notes=["a", "b"])) == "Ledger: 0 steps, 2 notes, 0 warnings"


def test_plans() -> None:
    assert repr(Plan()) == "Plan: no columns; 0 tables"
    plan = Plan(
        ["a", "b"], env="site", exposure=[f"x{j}" for j in range(30)], outcome="y", negative_control="h", hwe=1e-6
    )
    assert small(repr(plan))
    assert repr(plan).startswith("Plan: exposure x0, x1, ")
    assert repr(plan).endswith(
        " and 20 more, outcome y, environment site, negative-control outcomes h; 2 tables; hwe 1e-06"
    )


def test_files_and_sources(study: Any) -> None:
    files = GenotypeFiles(bfile=[f"cohort{i}" for i in range(22)], vcf="x.vcf", vcf_field="DS")
    expected = "GenotypeFiles: bfile cohort0, cohort1, cohort2, cohort3 and 18 more; vcf x.vcf; vcf_field DS"
    assert repr(files) == expected
    source = PlinkSource(study.write_bed())
    assert repr(source).startswith("PlinkSource: ")
    assert repr(source).endswith("; 120 individuals, 10 variants")
    assert len(repr(source)) < 150
    listed = GenotypeFiles(bfile=study.prefix).open()
    assert repr(listed) == repr(source)
    frame = pd.DataFrame({"IID": study.people, "g": 1.0, "h": 2.0})
    assert repr(TableSource(study.write_table(frame, "i.tsv"))).endswith("; 120 individuals, 2 variants")
    assert repr(MergedSource([source])).startswith("MergedSource: ")


def test_results_on_genomes_print_sizes() -> None:
    table = pd.DataFrame({"id": ["rs1"], "chrom": "1", "pos": "1", "effect_allele": "A", "other_allele": "G"})
    scores = Components(np.full((1500, 2), 0.125), np.ones(2), np.ones((1, 2)), np.ones(1), table, np.zeros(2))
    assert repr(scores).startswith("Components: scores 1,500 x 2, eigenvalues 2, loadings 1 x 2")
    pairs = Pairs(np.arange(3), np.arange(3) + 7, np.full(3, 0.25))
    assert repr(pairs) == "Pairs: first 3, second 3, kinship 3"
    five = np.arange(5)
    assert repr(Clumps(five[:2], five, five, five / 1.0, five.astype(object))).startswith("Clumps: index 2, columns 5")


@pytest.mark.parametrize("name", ["negative_control", "placebo"])
def test_the_former_name_of_negative_controls(study: Any, name: str) -> None:
    plan = study.plan(**{name: "age"})
    if name == "placebo":
        with pytest.warns(DeprecationWarning, match="the argument placebo of read_plink is now negative_control"):
            data = read_plink(study.write_bed(), **plan)
    else:
        data = read_plink(study.write_bed(), **plan)
    assert data.negative_control_names == ("age",)
    np.testing.assert_array_equal(data.N[:, 0], study.table["age"])


def test_the_former_name_in_other_places(study: Any) -> None:
    now = "the argument placebo of {} is now negative_control"
    with pytest.warns(DeprecationWarning, match=now.format("Plan")):
        assert Plan("t", exposure="x", outcome="y", placebo="p").negative_control == ("p",)
    frame = pd.DataFrame({"IID": study.people, "g": np.linspace(-1, 5, 120)})
    with pytest.warns(DeprecationWarning, match=now.format("read_instruments")):
        assert study.read_table(frame, placebo="age").negative_control_names == ("age",)
    G, x = np.random.default_rng(0).integers(0, 3, (120, 3)), np.arange(120.0)
    with pytest.warns(DeprecationWarning, match=now.format("from_arrays")):
        data = Dataset.from_arrays(G, ["a"] * 120, x, x**2, placebo=x + 1)
    with pytest.warns(DeprecationWarning, match="Dataset.P is now Dataset.N"):
        assert data.P is data.N
    with pytest.warns(DeprecationWarning, match="Dataset.placebo_names is now Dataset.negative_control_names"):
        assert data.placebo_names == ("negative_control",)
    with pytest.warns(DeprecationWarning, match="the argument (P|placebo_names) of Dataset is now") as seen:
        changed = replace(data, P=np.zeros((120, 2)), placebo_names=("a", "b"))
    assert len(seen) == 2
    assert (changed.N.shape, changed.negative_control_names) == ((120, 2), ("a", "b"))


def test_both_names_are_refused(study: Any) -> None:
    message = "negative_control must be given without placebo, its former name. Got both; leave placebo out."
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(negative_control="age", placebo="age")
    with pytest.raises(ValueError, match=re.escape(message)):
        Plan("t", exposure="x", outcome="y", placebo="p", negative_control="p")
