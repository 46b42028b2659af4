"""What training tells: which start won, what a flow on the factor form gained, and when starts give reason to doubt."""

from dataclasses import replace

from latentmr import analyse
from latentmr.analysis.training_notes import notes_on_training, table_of_numbers, table_of_starts
from latentmr.learn import FlowLearner
from latentmr.results.history import History
from latentmr.simulate import linear


def row(start, steps, objective):
    return {"start": start, "steps": steps, "objective": objective, "failed": "", "agreement": 1.0}


def test_the_longest_trained_start_wins_even_where_one_left_behind_was_lower(on_continuous):
    starts = [row("linear solution", 40, 2.5), row("random rotation 1", 20, 2.0), row("random rotation 2", 20, None)]
    told = replace(on_continuous.representation, history=History.from_dict({"training": {"starts": starts}}))
    assert notes_on_training(told) == [
        "training: the start at the linear solution had the lowest objective in held-out individuals and was selected"
        " (2.500; random rotation 1 2.000)"
    ]
    assert table_of_starts(told) == starts


def test_a_closed_form_has_nothing_to_tell(on_continuous):
    assert notes_on_training(on_continuous.representation) == []
    assert table_of_starts(on_continuous.representation) == []
    assert "starts" not in on_continuous.report().tables


def test_what_a_flow_on_the_factor_form_gained(on_counts):
    for taken, end in ((True, " and was used"), (False, ", which is too little: the instruments are linear")):
        history = History.from_dict({"flow": {"taken": taken, "gain": 0.5, "gain_se": 0.125}})
        assert notes_on_training(replace(on_counts.representation, history=history)) == [
            "the flow on the factor form changed the log-likelihood of held-out individuals by 0.500 nats per"
            f" individual (standard error 0.125){end}"
        ]
    untold = History.from_dict({"flow": {"taken": False, "reason": "x"}})
    assert notes_on_training(replace(on_counts.representation, history=untold)) == []


def test_the_report_shows_the_starts():
    data = linear(n_per_env=150, seed=2).dataset
    result = analyse(data, FlowLearner(k=3, steps=110, starts=2, jobs=1), bootstrap=0, permutations=100)
    table = result.report().tables["starts"]
    assert [line["start"] for line in table] == ["linear solution", "random rotation 1"]
    assert all(0 <= line["agreement"] <= 1.000001 for line in table)
    assert any(note.startswith("training: the start at the ") for note in result.notes)


def test_numbers_that_were_compared(on_continuous):
    rows = [{"k": 1, "nats": 2.0, "area": 0.5, "accepted": True}, {"k": 2, "nats": 3.0, "area": 0.7, "accepted": False}]
    told = replace(on_continuous.representation, history=History.from_dict({"k_curve": rows}))
    assert [row["accepted"] for row in table_of_numbers(told)] == ["yes", "no"]
    assert table_of_numbers(on_continuous.representation) == []
