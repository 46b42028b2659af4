"""Two-sample MR in one call: estimates, tests, verdict, report and printing."""

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import latentmr as lm
from latentmr.analysis.comparators import summary_data_of, summary_rows
from latentmr.results.answer import Units
from latentmr.results.report_data import ReportData
from latentmr.two_sample import RunFacts, TwoSampleAnalysis, analyse_summary
from latentmr.two_sample.data import SummaryData, associations
from latentmr.two_sample.methods import ivw
from latentmr.two_sample.methods.methods import METHODS, SEVERAL


def drawn(p: int = 30, m: int = 1, *, strength: float = 0.1, seed: int = 0, effect: float = 0.4) -> SummaryData:
    rng = np.random.default_rng(seed)
    gamma = strength * rng.normal(size=(p, m))
    error = np.full(p, 0.01)
    names = [f"rs{i}" for i in range(p)]
    variants = pd.DataFrame({"id": names, "effect_allele": "A", "other_allele": "G", "eaf": 0.3})
    return SummaryData(
        BX=gamma + 0.01 * rng.normal(size=(p, m)),
        SX=np.full((p, m), 0.01),
        by=effect * gamma.sum(axis=1) + 0.01 * rng.normal(size=p),
        sy=error,
        variants=variants,
        exposure_names=tuple(f"x{j}" for j in range(m)),
        outcome_name="y",
        n_exposure=(20_000.0,) * m,
        n_outcome=30_000.0,
    )


def taken(data: SummaryData, rows: np.ndarray) -> SummaryData:
    return replace(
        data, BX=data.BX[rows], SX=data.SX[rows], by=data.by[rows], sy=data.sy[rows],
        variants=data.variants.iloc[rows].reset_index(drop=True),
    )  # fmt: skip


@pytest.fixture(scope="module")
def result() -> TwoSampleAnalysis:
    return analyse_summary(drawn())


def test_every_default_method_has_a_row(result: TwoSampleAnalysis) -> None:
    labels = [method.label for method in METHODS.values() if method.default]
    assert [row.method.split(" (set")[0] for row in result.estimates] == labels
    assert len(result.notes) == 1
    assert result.notes[0].startswith("the data have 80 % power to detect an effect of 0.0")
    assert [row.primary for row in result.estimates] == [True] + [False] * (len(labels) - 1)
    for row in result.estimates:
        assert abs(row.beta - 0.4) < 0.15, row.method
        assert row.ci_low < row.ci_high
    assert (result.primary.n, result.primary.k) == (30_000, 30)
    assert result.primary.se_type == "multiplicative random effects"


def test_the_one_to_quote_is_ivw(result: TwoSampleAnalysis) -> None:
    data = result.data
    found = ivw(data.BX[:, 0], data.by, data.SX[:, 0], data.sy, model="random")
    assert (result.primary.beta, result.primary.se) == (found.beta, found.se)
    assert result.primary.interval == (found.ci_low, found.ci_high)
    assert result.primary.ci_ar is not None
    assert result.primary.ci_clr is not None
    assert result.primary.beta in result.primary.ci_clr


def test_all_methods_that_may_be_asked_for_can_be_used() -> None:
    rest = tuple(METHODS)
    assert list(analyse_summary(drawn(12), rest, draws=100).effects) == list(rest)
    several = tuple(SEVERAL)
    assert list(analyse_summary(drawn(24, 2), several, draws=100).effects) == list(several)


def test_it_is_never_credible(result: TwoSampleAnalysis) -> None:
    assert result.verdict.level == "caution"
    assert "cannot be assessed from summary statistics" in result.verdict.reasons[-1]
    assert "latentmr run" in result.verdict.advice[0]
    told = {test.name: test.verdict for test in result.tests}
    assert told.pop("confounding") == "not applicable"
    assert set(told) == {
        "strength", "heterogeneity", "pleiotropy", "dilution", "outliers", "methods", "leave-one-out", "direction",
    }  # fmt: skip
    assert {told[name] for name in ("strength", "heterogeneity", "direction")} == {"pass"}


def test_weak_variants_are_no_answer() -> None:
    found = analyse_summary(drawn(10, strength=0.0), ("ivw",), draws=100)
    assert found.verdict.level == "not identified"
    assert "too weakly associated" in found.verdict.reasons[0]
    assert found.answer().startswith("The data cannot say how x0 changes y (95 %")
    assert {test.name: test.verdict for test in found.tests}["strength"] == "warn"


def test_what_goes_wrong_is_warned_of() -> None:
    data = drawn(40)
    by = data.by.copy()
    by[:4] += 0.2 * np.sign(data.BX[:4, 0])
    found = analyse_summary(replace(data, by=by), draws=100)
    told = {test.name: test for test in found.tests}
    assert {told[name].verdict for name in ("heterogeneity", "outliers")} == {"warn"}
    assert "4 of 40 variants are outliers" in told["outliers"].reason
    outlying = found.variants_frame().set_index("id")["outlier"]
    assert outlying[outlying].index.tolist() == ["rs0", "rs1", "rs2", "rs3"]
    assert any(
        reason.startswith("heterogeneity: the variants' ratio estimates differ") for reason in found.verdict.reasons
    )
    assert "radial and leave-one-out plots" in found.verdict.advice[1]


def test_the_order_of_variants_does_not_matter(result: TwoSampleAnalysis) -> None:
    order = np.random.default_rng(1).permutation(30)
    found = analyse_summary(taken(drawn(), order), ("ivw", "egger", "raps", "divw", "contamination-mixture"))
    for name, (effect,) in found.effects.items():
        assert effect.beta == pytest.approx(result.effects[name][0].beta, rel=1e-6), name
        assert effect.se == pytest.approx(result.effects[name][0].se, rel=1e-5, nan_ok=True), name


def test_the_same_answer_twice(result: TwoSampleAnalysis) -> None:
    pd.testing.assert_frame_equal(analyse_summary(drawn()).to_frame(), result.to_frame(), check_exact=True)
    other = analyse_summary(drawn(), ("ivw", "weighted-median"), seed=1).estimates[1]
    same = next(row for row in result.estimates if row.method == "weighted median")
    assert other.beta == same.beta
    assert other.se != same.se


def test_one_variant_has_one_row() -> None:
    found = analyse_summary(drawn(1), draws=100)
    assert [row.method for row in found.estimates] == ["Wald ratio"]
    assert found.primary.beta == found.data.by[0] / found.data.BX[0, 0]
    assert found.primary.se == pytest.approx(found.data.sy[0] / abs(found.data.BX[0, 0]))
    assert found.notes[0] == "with one variant, every method gives the Wald ratio or needs more variants"
    assert any(reason.startswith("one variant") for reason in found.verdict.reasons)
    assert len(found.without_variants) == 0
    named = analyse_summary(drawn(1), ("ivw", "raps", "egger"), draws=100)
    assert [row.method for row in named.estimates] == [
        f"{METHODS[name].label} (Wald ratio)" for name in ("ivw", "raps")
    ]
    assert any(note.startswith("MR-Egger was not estimated") for note in named.notes)


@pytest.mark.parametrize("p", [2, 3])
def test_few_variants(p: int) -> None:
    found = analyse_summary(drawn(p), draws=100)
    assert found.primary.k == p
    used = {row.method for row in found.estimates}
    unused = [note for note in found.notes if "was not estimated: " in note]
    assert len(used) + len(unused) == sum(method.default for method in METHODS.values())
    for note in unused:
        assert "must" in note, note


def test_effects_on_the_exposure_that_are_all_equal() -> None:
    data = drawn(8)
    found = analyse_summary(replace(data, BX=np.full((8, 1), 0.1)), draws=100)
    assert any(note.startswith("MR-Egger was not estimated: bx must vary") for note in found.notes)
    assert found.primary.beta == pytest.approx(data.by.mean() / 0.1)


def test_a_variant_without_effect_on_the_exposure() -> None:
    data = drawn(8)
    BX = data.BX.copy()
    BX[3] = 0
    found = analyse_summary(replace(data, BX=BX), draws=100)
    assert len(found.single_variants) == 7
    assert len(found.without_variants) == 9
    assert any(note.startswith("simple median was not estimated: bx must not be zero") for note in found.notes)


def test_ten_thousand_variants() -> None:
    found = analyse_summary(drawn(10_000), ("ivw", "egger", "weighted-median", "raps", "divw"), draws=100)
    assert abs(found.primary.beta - 0.4) < 0.01
    assert len(found.without_variants) == 10_001


def test_several_exposures() -> None:
    found = analyse_summary(drawn(40, 3))
    quoted = [row for row in found.estimates if row.primary]
    assert [row.exposure for row in quoted] == ["x0", "x1", "x2"]
    assert [row.method for row in quoted] == ["multivariable IVW"] * 3
    for row in found.estimates:
        assert abs(row.beta - 0.4) < 0.15, row.method
        assert row.f_statistic is not None
        assert row.f_statistic > 10
    assert found.notes == ()
    assert found.answer().count("One unit of") == 3
    assert {test.name for test in found.tests} == {"strength", "heterogeneity", "confounding"}
    assert {row["exposure"] for row in found.report().tables["associations"]} == {"x0", "x1", "x2"}


def test_exposures_that_are_not_distinguished() -> None:
    data = drawn(40, 2)
    BX = data.BX.copy()
    BX[:, 1] = BX[:, 0] + 0.01 * np.random.default_rng(3).normal(size=40)
    found = analyse_summary(replace(data, BX=BX), ("ivw",))
    assert {test.name: test.verdict for test in found.tests}["strength"] == "warn"
    assert any("weak exposures are not distinguished from the others" in reason for reason in found.verdict.reasons)


def test_correlated_variants_go_to_methods_that_take_them() -> None:
    data = drawn(12)
    rho = 0.3 ** np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    found = analyse_summary(replace(data, correlation=rho), draws=100)
    assert set(found.effects) == {name for name, each in METHODS.items() if each.correlated}
    expected = ivw(data.BX[:, 0], data.by, data.SX[:, 0], data.sy, model="random", correlation=rho)
    assert found.primary.beta == expected.beta
    assert len(found.without_variants) == 0
    with pytest.raises(ValueError, match="correlation must be left out for this method. Got correlated variants"):
        analyse_summary(replace(data, correlation=rho), ("raps",))


def test_odds_ratios(result: TwoSampleAnalysis) -> None:
    found = analyse_summary(replace(drawn(), binary=True), ("ivw",), units=Units(("SD",), ""))
    assert found.primary.scale == "log odds ratio"
    assert found.answer().startswith(
        f"One unit of x0 (SD) multiplies the odds of y by {np.exp(found.primary.beta):.3g}"
    )
    assert "direction" not in {test.name for test in found.tests}
    assert result.answer().startswith("One unit of x0 changes y by 0.")


def test_sizes_that_are_not_known() -> None:
    data = replace(drawn(), n_exposure=(), n_outcome=float("nan"))
    found = analyse_summary(data, draws=100)
    assert any("sample sizes must be known" in note for note in found.notes)
    assert "direction" not in {test.name for test in found.tests}
    assert found.primary.n is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"methods": ("magic",)}, "method must be among ivw, .* Got 'magic'"),
        ({"draws": 10}, "draws must be at least 100. Got 10"),
        ({"seed": -1}, "seed must be a whole number from 0. Got -1; 0 is usual."),
        ({"alpha": 0.0}, "alpha must lie between 0 and 1. Got 0"),
        ({"units": Units(("a", "b"))}, r"exposure_units must be given once for each exposure \(x0\). Got 2"),
    ],
)
def test_what_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        analyse_summary(drawn(), **options)


def test_the_first_method_must_be_usable() -> None:
    with pytest.raises(ValueError, match="bx must hold at least 3 variants for this method. Got 2"):
        analyse_summary(drawn(2), ("egger", "ivw"))


def test_the_report_says_what_it_is(result: TwoSampleAnalysis, tmp_path: Any) -> None:
    report = result.report({"seed": 0}, RunFacts(command="latentmr summary"))
    assert report.facts["design"] == "two-sample"
    assert set(report.tables) == {"estimates", "tests", "single_variants", "leave_one_out", "associations"}
    assert {line["method"] for line in report.figures["lines"]} == {
        "IVW", "MR-Egger", "weighted median", "weighted mode",
    }  # fmt: skip
    assert "30 variants were used" in report.methods
    assert "unconfounded with the outcome, which is not tested" in report.methods
    again = ReportData.from_dict(json.loads(json.dumps(asdict(report))))
    assert again.tables.keys() == report.tables.keys()
    result.to_html(tmp_path / "page.html")
    assert "cannot be assessed from summary statistics" in (tmp_path / "page.html").read_text()
    details = result.details()
    assert details["egger"][0]["extra"]["intercept"] == result.effects["egger"][0].details.intercept


@pytest.fixture(scope="module")
def cohort() -> Any:
    return lm.simulate.admixture(n=4000, p=30, seed=2).dataset


def test_comparators_on_summary_statistics_are_those_of_the_associations(cohort: Any) -> None:
    data = summary_data_of(cohort)
    tables = associations(cohort)
    np.testing.assert_array_equal(data.BX[:, 0], tables["x"]["beta"])
    np.testing.assert_array_equal(data.sy, tables["y"]["se"])
    rows, notes = summary_rows(cohort, 0.05, 0)
    assert rows[0].method == "IVW (random effects), one-sample"
    assert {row.adjustment for row in rows} == {"env"}
    expected = ivw(tables["x"]["beta"], tables["y"]["beta"], tables["x"]["se"], tables["y"]["se"], model="random")
    assert rows[0].beta == expected.beta
    assert "not for variants that are confounded" in notes[-1]


def test_comparators_on_summary_statistics_stand_in_the_table(cohort: Any) -> None:
    result = lm.analyse(cohort, lm.LinearLearner(seed=0), bootstrap=0, comparators=("summary",))
    shown = [row.method for row in result.estimates if row.method.endswith("one-sample")]
    assert len(shown) == 6
    assert sum(row.primary for row in result.estimates) == 1
    # pleiotropy-robust methods do not correct confounding, which the learned instruments do
    one_sample = next(row for row in result.estimates if row.method.startswith("IVW"))
    assert abs(one_sample.beta - 0.5) > 3 * abs(result.primary.beta - 0.5)


def test_a_notebook_shows_answer_and_verdict(result: TwoSampleAnalysis) -> None:
    shown = result._repr_html_()
    assert result.answer() in shown
    assert "caution" in shown


def test_leaving_out_a_variant_is_measured_from_the_method_of_its_table() -> None:
    tests = analyse_summary(drawn(), ("simple-mode", "ivw"), draws=100).tests
    expected = analyse_summary(drawn(), ("ivw",), draws=100).tests
    moved = [{test.name: test.effect for test in each}["leave-one-out"] for each in (tests, expected)]
    assert moved[0] == pytest.approx(moved[1])


def test_several_exposures_by_a_method_whose_q_is_not_tested() -> None:
    data = replace(drawn(24, 2), n_exposure=(20_000.0, 20_000.0), n_outcome=20_000.0)
    found = analyse_summary(data, ("gmm",), draws=100)
    assert "heterogeneity" not in {test.name for test in found.tests}
    assert [row.primary for row in found.estimates] == [True, True]


def test_former_names_of_the_tables_and_settings_answer(result: TwoSampleAnalysis) -> None:
    with pytest.warns(DeprecationWarning, match="left_out is now without_variants"):
        table = result.left_out
    assert list(table) == ["exposure", "without", "beta", "se", "ci_low", "ci_high"]
    assert table["without"].tolist()[-1] == "none"
    with pytest.warns(DeprecationWarning, match="single is now single_variants"):
        assert result.single["id"].tolist() == [row.id for row in result.single_variants]
    with pytest.warns(DeprecationWarning, match="settings of a report are now latentmr.two_sample.RunFacts"):
        assert result.report(settings={"command": "again"}).facts["command"] == "again"


def test_the_result_prints_answer_estimates_verdict_and_failed_tests(result: TwoSampleAnalysis) -> None:
    text = str(result)
    assert repr(result) == text == str(result.summary())
    assert isinstance(result.summary(), str)
    assert repr(result.summary()) == text
    lines = text.splitlines()
    assert lines[0].startswith("Two-sample MR: x0 on y")
    assert lines[0].endswith("30 variants")
    assert result.answer().split(" (")[0] in text
    table = lines[lines.index("-" * 88) + 1 :]
    rows = table[: table.index("-" * 88)]
    assert len(rows) == len(result.estimates)
    assert rows[0].startswith("* IVW (random effects) ")
    assert rows[0].split()[4:] == ["0.427", "0.025", "0.377", "to", "0.477", "2.3e-63"]
    assert sum(row.startswith("* ") for row in rows) == 1
    assert "Verdict: caution (valid instruments, as assumed)" in lines
    assert "cannot be assessed from summary" in text
    assert "8 of 8 tests passed; tests_frame() has all." in lines
    assert "Tests that did not pass" not in text
    assert "\nAdvice:\n  - If genotypes of individuals from several environments" in text


def test_tests_that_did_not_pass_are_printed_once() -> None:
    data = drawn(40)
    by = data.by.copy()
    by[:4] += 0.2 * np.sign(data.BX[:4, 0])
    found = analyse_summary(replace(data, by=by), draws=100)
    text = str(found)
    failed = [test for test in found.tests if test.verdict == "warn"]
    assert text.count("  - [warn] ") == len(failed) > 2
    assert "  - [warn] outliers: 4 of 40 variants are outliers\n" in text
    # the verdict's reasons are those of the tests, which are printed with the tests
    assert any(reason == "outliers: 4 of 40 variants are outliers" for reason in found.verdict.reasons)
    assert text.count("variants are outliers") == 1
    assert f"{8 - len(failed)} of 8 tests passed; tests_frame() has all." in text


def test_a_result_that_is_not_identified_says_so_beside_its_estimates() -> None:
    text = str(analyse_summary(drawn(10, strength=0.0), ("ivw",), draws=100))
    assert "Verdict: not identified" in text
    assert "* primary estimate, not to be quoted: the effect is not identified" in text


def test_the_text_stays_short_whatever_the_data() -> None:
    names = tuple(f"{'a long name ' * 40}{j}" for j in range(12))
    data = replace(drawn(60, 12), exposure_names=names, outcome_name="outcome " * 100, binary=True)
    by = data.by.copy()
    by[:20] += np.random.default_rng(0).normal(size=20)
    for found in (
        analyse_summary(replace(data, by=by), ("ivw", "egger", "robust"), draws=100),
        analyse_summary(drawn(1)),
    ):
        text = str(found)
        assert len(text) <= 5000
        assert len(text.splitlines()) <= 60
        assert max(map(len, text.splitlines())) <= 88
        assert text.isprintable() or "\n" in text
    several = str(analyse_summary(replace(data, by=by), ("ivw", "egger", "robust"), draws=100))
    assert several.startswith("Multivariable two-sample MR: a long name")
    assert "* primary estimate; effects are log odds ratios; 15 more rows in to_frame()" in several
    assert "1 variant\n" in text


def test_the_figures_of_the_report_are_returned_by_name(result: TwoSampleAnalysis) -> None:
    figures = result.plot()
    assert list(figures) == ["estimates", "scatter", "single", "without", "funnel", "radial"]
    assert {type(figure).__name__ for figure in figures.values()} == {"Figure"}
    assert type(result.plot("scatter")).__name__ == "Figure"
    several = analyse_summary(drawn(24, 2), ("ivw",))
    assert {"scatter-1", "scatter-2"} <= set(several.plot())
    message = "name must be one of estimates, scatter, single, without, funnel, radial. Got 'forest'; leave it out for"
    with pytest.raises(ValueError, match=message):
        result.plot("forest")
