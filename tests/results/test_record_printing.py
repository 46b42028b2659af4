"""Records of learning print short: sequences as counts, numbers to six digits, and no fields with defaults."""

from latentmr.results.history import FactorsTried, History, LinkageGroup, LinkageSummary, StartTried, TrainingLog
from latentmr.results.record import shorten


def test_a_short_record_is_one_line_without_defaults():
    assert repr(History()) == "History()"
    assert repr(History(form="factor", n_factors=3)) == "History(form='factor', n_factors=3)"
    assert repr(StartTried(start="linear solution", objective=1 / 3)) == (
        "StartTried(start='linear solution', objective=0.333333)"
    )


def test_a_long_record_has_a_field_on_each_line():
    group = LinkageGroup(pairs=190, mean_r2=0.001, largest=-0.05, first="rs1", second="rs2")
    found = History(form="factor", n_learning=4000, linkage=LinkageSummary(n=4000.0, within=group, residual=group))
    assert repr(found).splitlines() == [
        "History(",
        "    form='factor',",
        "    n_learning=4000,",
        "    linkage=LinkageSummary(",
        "        n=4000,",
        "        within=LinkageGroup(pairs=190, mean_r2=0.001, largest=-0.05, first='rs1', second='rs2'),",
        "        residual=LinkageGroup(pairs=190, mean_r2=0.001, largest=-0.05, first='rs1', second='rs2'),",
        "    ),",
        ")",
    ]


def test_long_sequences_are_counted():
    many = tuple(float(i) for i in range(500))
    starts = tuple(StartTried(start=str(i)) for i in range(400))
    log = tuple({"step": i, "total": 0.1} for i in range(1000))
    found = History(
        rule="r" * 900,
        p_values=many,
        eigenvalues=many,
        environments=tuple(f"site{i}" for i in range(300)),
        candidates=tuple(FactorsTried(n_factors=i, aic=1.0) for i in range(50)),
        training=TrainingLog(starts=starts, log=log, best_step=10, steps=20),
        more={f"other{i}": list(many) for i in range(30)},
    )
    text = repr(found)
    assert len(text) < 1000
    for part in ("(500 values)", "(300 values)", "(50 FactorsTried)", "(400 StartTried)", "(1000 entries)", "...'"):
        assert part in text
    assert "{30 entries}" in text


def test_values_in_short():
    assert shorten((0.25, 1 / 3)) == "(0.25, 0.333333)"
    assert shorten({"a": (1, 2), "b": None}) == "{a: (1, 2), b: None}"
    assert shorten(({"a": 1},)) == "(1 entry)"
    assert shorten("x" * 500) == repr("x" * 197 + "...")
