"""The answer in units, per standard deviation, and as ratios."""

from dataclasses import replace

import numpy as np
import pytest

from latentmr import analyse
from latentmr.analysis.methods_paragraph import methods_paragraph
from latentmr.analysis.report_data import effect_rows
from latentmr.results.answer import Units, answer
from latentmr.results.rounding import rounded, rounded_set


def test_units_stand_in_the_sentence_and_in_the_table(on_continuous):
    e = on_continuous.primary
    units = Units(("kg/m2",), "mmHg")
    said = answer(on_continuous.dataset, e, on_continuous.verdict, units)
    assert said.startswith(f"One unit of x (kg/m2) changes y by {rounded(e.beta, e.se)} mmHg (95 % conditional")
    unit, sd = effect_rows(on_continuous.dataset, on_continuous.estimates, units)
    assert (unit["per"], unit["effect"]) == ("kg/m2", f"{rounded(e.beta, e.se)} mmHg")
    assert unit["interval"] == rounded_set(e.ci_clr, e.se)
    assert sd["per"].startswith("standard deviation (")
    assert sd["per"].endswith(" kg/m2)")


def test_an_effect_per_standard_deviation_is_that_of_a_scaled_exposure(variant, on_continuous):
    data = on_continuous.dataset
    scaled = analyse(variant(x=data.X / data.X.std()), "linear", bootstrap=0)
    plain = analyse(variant(), "linear", bootstrap=0)
    per_sd = effect_rows(plain.dataset, plain.estimates, Units())[1]
    per_unit = effect_rows(scaled.dataset, scaled.estimates, Units())[0]
    assert (per_sd["effect"], per_sd["interval"]) == (per_unit["effect"], per_unit["interval"])


def test_ratios_of_a_binary_outcome_are_multiplied_out(variant, continuous):
    y = (continuous.dataset.y > np.median(continuous.dataset.y)).astype(float)
    data = replace(variant(y=y), outcome_type="binary")
    found = analyse(data, "linear", bootstrap=0)
    rows = effect_rows(found.dataset, found.estimates, Units())
    ratios = [e for e in found.estimates if e.scale.startswith("log") and e.instruments == "learned"]
    assert {e.scale for e in ratios} == {"log risk ratio", "log odds ratio, conditional"}
    e, sd = next(e for e in ratios if "risk" in e.scale), float(data.X.std())
    for row, factor in zip([row for row in rows if row["scale"] == "risk ratio"], (1.0, sd), strict=True):
        assert row["effect"] == rounded(float(np.exp(factor * e.beta)))
        assert row["interval"] == " to ".join(rounded(float(np.exp(factor * end))) for end in (e.ci_low, e.ci_high))
    assert len(rows) == 2 * (1 + len(ratios))


def test_units_are_one_for_each_exposure(variant):
    with pytest.raises(ValueError, match=r"exposure_units must be given once for each exposure \(x\). Got 2: a, b."):
        analyse(variant(), "linear", units=Units(("a", "b")))


def test_no_effects_in_any_unit_where_the_data_cannot_say(variant, rng):
    analysis = analyse(variant(env=rng.integers(0, 4, 6000)), "linear", bootstrap=0)
    assert analysis.verdict.level == "not identified"
    assert "effect_by_unit" not in analysis.report().tables


def test_notebooks_show_answer_and_estimates(on_continuous):
    shown = on_continuous._repr_html_()
    assert on_continuous.answer() in shown
    assert shown.count("<tr") == 1 + len(on_continuous.estimates)
    assert "<html" not in shown


def test_figures_by_name(on_continuous):
    found = on_continuous.figures()
    assert {"estimates", "composition", "space", "environments", "without"} <= set(found)
    assert all(figure.axes for figure in found.values())


def test_methods_say_what_was_done_and_nothing_else(on_continuous, on_counts):
    said = on_continuous.report(settings={"filters": {"MAF from": 0.01}}).methods
    for words in (
        "effect of x on y",
        "stationary subspace",
        "of 6000 individuals in 4 environments",
        "MAF from 0.01",
        "seed was 0",
    ):
        assert words in said
    assert "egative-control" not in said
    assert (
        "adjusted for environment indicators and the residual latents, with HC1 standard errors, accounting for"
        " estimation of the encoder." in said
    )
    other = on_counts.report().methods
    assert "factor model" in other
    assert "filters" not in other
    flow = on_counts.representation
    learned = replace(flow, learner={"name": "flow"}, history=replace(flow.history, form=""))
    assert "normalizing flow" in replace(on_counts, representation=learned).report().methods


@pytest.mark.parametrize(
    ("adjustment", "more", "words"),
    [
        ("env", {}, "adjusted for environment indicators, with"),
        ("covar+env", {"covariates": ["age"]}, "adjusted for environment indicators and age, with"),
        ("env+latent", {}, "adjusted for environment indicators and the residual latents, with"),
        (
            "covar+env+latent",
            {"covariates": ["age", "sex"], "aux": ["pc1"]},
            "adjusted for environment indicators, age, sex and the residual latents, which include these proxies, with",
        ),
    ],
)
def test_methods_say_what_the_primary_row_adjusts_for(on_counts, adjustment, more, words):
    assert words in methods_paragraph(on_counts.report().facts | more | {"adjustment": adjustment})
