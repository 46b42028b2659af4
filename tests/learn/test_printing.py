"""Learners, models and their histories print short, without arrays, addresses or individual-level values."""

import pytest

import latentmr as lm
from latentmr.learn.settings import described
from latentmr.simulate import admixture, linear

#: What no printed object may exceed.
LINES, CHARACTERS = 60, 5000


def is_short(text):
    return text.count("\n") < LINES and len(text) <= CHARACTERS and " at 0x" not in text and "array(" not in text


@pytest.fixture(scope="module")
def counts():
    return lm.LinearLearner().fit(admixture(n=2000, p=12, seed=1).dataset)


@pytest.fixture(scope="module")
def trained():
    return lm.FlowLearner(steps=20, starts=2).fit(linear(n_per_env=200, seed=1).dataset)


@pytest.mark.parametrize(
    ("learner", "text"),
    [
        (lm.LinearLearner(), "LinearLearner()"),
        (lm.LinearLearner(k="3", alpha=0.05), "LinearLearner(k=3, alpha=0.05)"),
        (lm.FlowLearner(k=3, seed=1), "FlowLearner(k=3, seed=1)"),
        (lm.AutoencoderLearner(weights={"entropy": 2}), "AutoencoderLearner(weights={'entropy': 2})"),
    ],
)
def test_a_learner_shows_what_differs_from_the_defaults(learner, text):
    assert repr(learner) == str(learner) == text


def test_a_changed_learner_shows_the_change():
    assert repr(lm.FlowLearner().set_params(k=2)) == "FlowLearner(k=2)"


def test_a_saved_learner_is_described_by_what_differs_and_the_seed():
    assert described({"name": "flow"} | lm.FlowLearner(k=3).settings) == "flow(k=3, seed=0)"
    assert described({"name": "other", "k": 3, "weights": None}) == "other(k=3, weights=None)"


def test_a_representation_is_one_line(counts):
    r = counts.history.n_factors
    text = (
        f"Representation: {12 - r} instruments of 12 variants (counts), factor form, {r} factors;"
        " learned from 2,000 individuals in 5 environments; learner linear(seed=0)"
    )
    assert repr(counts) == str(counts) == text


def test_auxiliary_features_and_networks_are_named(trained):
    text = repr(trained)
    assert "of 6 variants (continuous), flow form; learned from 800 individuals in 4 environments;" in text
    assert text.endswith("learner flow(steps=20, starts=2, seed=0)")


def test_html_holds_the_same_facts_and_is_escaped(counts):
    html = counts._repr_html_()
    assert all(fact in html for fact in repr(counts).removeprefix("Representation: ").split("; "))
    odd = lm.Representation(
        counts.encoder, counts.variants, "counts", counts.env_names, counts.fill, learner={"name": "<b>", "k": 1}
    )
    assert "&lt;b&gt;(k=1)" in odd._repr_html_()
    assert "<b>" not in odd._repr_html_()


@pytest.mark.parametrize("name", ["counts", "trained"])
def test_models_print_short(name, request):
    model = request.getfixturevalue(name)
    for part in (model, model.history, model.encoder, model.history.linkage, model.history.training):
        assert is_short(repr(part))
    assert is_short(model._repr_html_())


def test_encoders_print_their_dimensions(counts, trained):
    assert repr(counts.encoder) == f"LinearEncoder(p=12, k={counts.k}, a=0)"
    assert repr(trained.encoder) == f"FlowEncoder(p=6, k={trained.k}, a=0)"
