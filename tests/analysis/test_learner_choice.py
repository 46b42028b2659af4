"""Learners by name, and by the kind of the instruments."""

import inspect

import pytest

from latentmr import AutoencoderLearner, FlowLearner, LinearLearner, analyse
from latentmr.analysis.learner_choice import AutoLearner, learner_for


@pytest.mark.parametrize(("study", "kind"), [("counts", LinearLearner), ("continuous", FlowLearner)])
def test_auto_takes_the_closed_form_for_counts_and_the_flow_for_continuous_instruments(request, study, kind):
    dataset = request.getfixturevalue(study).dataset
    taken, said = learner_for("auto", dataset, seed=3)
    assert type(taken) is kind
    assert taken.seed == 3
    name, what = ("linear", "allele counts") if kind is LinearLearner else ("flow", "continuous instruments")
    assert said.startswith(f"the {name} learner")
    assert said.endswith(f"is the default for {what}; choose another with `learner`")


@pytest.mark.parametrize(
    ("name", "kind"), [("linear", LinearLearner), ("flow", FlowLearner), ("autoencoder", AutoencoderLearner)]
)
def test_a_name_is_a_learner_with_the_seed_of_the_run(counts, name, kind):
    taken, said = learner_for(name, counts.dataset, seed=7)
    assert (type(taken), taken.seed, said) == (kind, 7, "")


def test_a_learner_is_taken_as_it_is(counts, continuous):
    mine, other = LinearLearner(seed=5), LinearLearner(seed=6)
    assert learner_for(mine, counts.dataset, seed=1) == (mine, "")
    auto = AutoLearner(counts=mine, continuous=other)
    assert learner_for(auto, counts.dataset)[0] is mine
    assert learner_for(auto, continuous.dataset)[0] is other


def test_auto_is_the_default_and_is_noted(counts, on_counts):
    assert inspect.signature(analyse).parameters["learner"].default == "auto"
    by_default = analyse(counts.dataset)
    assert by_default.estimates == on_counts.estimates
    assert by_default.notes[0] == (
        "the linear learner, in closed form, is the default for allele counts; choose another with `learner`"
    )
    assert by_default.notes[1:] == on_counts.notes
    assert analyse(counts.dataset, "auto").notes == by_default.notes


def test_an_unknown_name_is_refused(counts):
    with pytest.raises(
        ValueError, match="learner must be auto, linear, flow or autoencoder, or a learner. Got 'deep'; leave"
    ):
        analyse(counts.dataset, "deep")


def test_settings_are_typed_and_still_read_by_name(on_counts):
    assert (on_counts.settings.seed, on_counts.settings.alpha) == (0, 0.05)
    with pytest.warns(DeprecationWarning, match=r"settings\['seed'\] is now settings.seed"):
        assert on_counts.settings["seed"] == 0
    with pytest.raises(KeyError):
        on_counts.settings["sede"]


def test_what_is_no_data_set_and_no_level_is_refused(counts):
    with pytest.raises(ValueError, match="dataset must be a Dataset. Got str; read_plink"):
        analyse("cohort")
    for level in ("a", 1.5, True, float("nan")):
        with pytest.raises(ValueError, match="alpha must lie between 0 and 1. Got"):
            analyse(counts.dataset, alpha=level)
