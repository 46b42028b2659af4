"""Tables of a report by key; titles, which earlier versions used in their place, are still read."""

import json
from dataclasses import asdict

import pytest

from latentmr.results import ReportData
from latentmr.results.objects import Verdict
from latentmr.results.report_data import KEYS

VERDICT = Verdict("caution", "environments", ("r",))


def test_titles_in_place_of_keys_are_taken_with_a_warning():
    with pytest.warns(DeprecationWarning, match="name tables by keys, not titles: Tests is tests"):
        report = ReportData("t", "a", VERDICT, {"Tests": [{"name": "strength"}], "mine": []})
    assert list(report.tables) == ["tests", "mine"]
    with pytest.warns(DeprecationWarning, match="read the table 'Tests' by its key, 'tests'"):
        assert report.tables["Tests"] == [{"name": "strength"}]
    for absent in ("Estimates", "nothing"):
        with pytest.raises(KeyError, match=absent):
            report.tables[absent]


def test_a_file_of_the_release_before_is_read_without_a_word():
    report = ReportData("t", "a", VERDICT, {key: [{"a": 1}] for key in KEYS.values()})
    old = json.loads(json.dumps(asdict(report)))
    old["tables"] = {title: old["tables"][key] for title, key in KEYS.items()}
    assert ReportData.from_dict(old) == report


def test_report_data_has_moved():
    with pytest.warns(DeprecationWarning, match="ReportData is now"):
        from latentmr.results.objects import ReportData as Moved  # noqa: PLC0415  the warning comes with the import
    assert Moved is ReportData
