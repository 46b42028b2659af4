"""What a learner found: typed, saved as the same JSON as before, and readable as the dict that it was."""

import json
from dataclasses import replace

import pytest

from latentmr.learn import LinearLearner, Representation
from latentmr.results.history import History, NumberTried, SetAside, TrainingLog
from latentmr.simulate import admixture

SAVED = {
    "form": "flow",
    "n_learning": 600,
    "people": "abc",
    "variability": {"statistic": 9.5, "df": 3, "effect": 0.25},
    "environments": ["a", "b"],
    "rule": "largest k",
    "k_stationary": 2,
    "k_available": 5,
    "linear_form": "stationary",
    "refined": True,
    "agreement_of_refinement": 0.99,
    "training": {
        "starts": [
            {"start": "linear solution", "steps": 100, "objective": 1.5, "failed": "", "agreement": 1.0},
            {"start": "random rotation 1", "steps": 100, "objective": None, "failed": "inf", "agreement": None},
        ],
        "doubt": "the winner may be a poor optimum",
        "log": [{"step": 100.0, "nats": 1.5, "total": 1.5}],
        "best_step": 100,
        "steps": 100,
        "held_out": 60,
        "device": "cpu",
    },
    "stopped": "interrupted at step 100 of 200",
    "k_curve": [{"k": 1, "nats": None, "area": 0.5, "accepted": True}],
    "flow": {"taken": False, "reason": "there are no factors"},
    "diagnosis": {"share": 0.2, "seed": 0, "people": 120},
    "linkage": {
        "n": 600.0,
        "within": None,
        "across": {"pairs": 1, "mean_r2": 0.01, "largest": 0.1, "first": "v1", "second": "v2"},
        "unknown": None,
        "residual": None,
    },
    "candidates": [{"n_factors": 1, "aic": 3.0, "log_likelihood": -1.0, "converged": True}],
}


@pytest.fixture(scope="module")
def counts_model():
    return LinearLearner().fit(admixture(n=2000, p=12, seed=1).dataset)


def test_reading_and_writing_change_nothing():
    history = History.from_dict(json.loads(json.dumps(SAVED)))
    assert json.loads(json.dumps(history.to_dict())) == SAVED
    assert History.from_dict(history.to_dict()) == history
    assert history.training.starts[1].failed == "inf"
    assert history.k_curve == (NumberTried(k=1, nats=None, area=0.5, accepted=True),)
    assert (history.diagnosis.share, history.linkage.within, history.linkage.across.second) == (0.2, None, "v2")


def test_what_was_not_found_is_not_written():
    assert History().to_dict() == {}
    assert History(training=TrainingLog(steps=3)).to_dict() == {
        "training": {"starts": [], "log": [], "best_step": 0, "steps": 3, "held_out": 0, "device": ""}
    }


def test_what_another_release_wrote_is_kept():
    saved = {"form": "factor", "beauty": [1, {"art": 2}], "flow": {"taken": True, "why": "not"}}
    history = History.from_dict(saved)
    assert history.more == {"beauty": [1, {"art": 2}]}
    assert history.to_dict() == saved


def test_a_damaged_entry_is_refused(counts_model, tmp_path):
    with pytest.raises(ValueError, match=r"^Shift must have df, effect, statistic\. Got df\. The file may be damaged"):
        History.from_dict({"variability": {"df": 3}})
    counts_model.save(tmp_path)
    meta = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(meta | {"history": {"variability": 3}}))
    with pytest.raises(ValueError, match="^model must hold readable files. Got .*: Shift must have"):
        Representation.load(tmp_path)


def test_the_dict_that_it_was_is_read_with_a_warning(counts_model):
    history, message = counts_model.history, "has attributes now: read history.form"
    with pytest.warns(DeprecationWarning, match=message):
        assert history["form"] == "factor"
    with pytest.warns(DeprecationWarning, match=message):
        assert history["variability"]["df"] == history.variability.df
    with pytest.warns(DeprecationWarning, match=message):
        assert history.get("training", {}) == {}
    with pytest.warns(DeprecationWarning, match=message):
        assert "training" not in history
    with pytest.warns(DeprecationWarning, match="History.from_dict"):
        other = replace(counts_model, history={"diagnosis": SAVED["diagnosis"]})
    assert other.history == History(diagnosis=SetAside(share=0.2, seed=0, people=120))
