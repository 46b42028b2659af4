"""``map.tsv`` lists for every reference value the call that gives it, or the reason why there is none."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
KEPT = sorted(folder.name for folder in HERE.glob("iv_sim_*"))
FROM_SHARED = [f"iv_{name}" for name in ("card_1z", "card_2z", "cigarettes", "course", "kmenta")]
FROM_SHARED += ["bin_1z", "bin_contexp_cov", "bin_vignette", "inv_lineardata", "inv_majority", "inv_plurality"]
COLUMNS = ["case", "id", "value", "option", "note"]


def lines():
    with (HERE / "map.tsv").open(newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        assert reader.fieldnames == COLUMNS
        return list(reader)


@pytest.fixture(scope="module")
def mapped():
    return lines()


def check(mapped, folder):
    wanted = set()
    for name in ("expected.json", "expected_python.json"):
        if (folder / name).is_file():
            results = json.loads((folder / name).read_text())["results"]
            wanted |= {(result["id"], value) for result in results for value in result["values"]}
    found = Counter((line["id"], line["value"]) for line in mapped if line["case"] == folder.name)
    assert wanted
    assert sorted(wanted - found.keys()) == []
    assert sorted(found.keys() - wanted) == []
    assert [key for key, count in found.items() if count > 1] == []


def test_eight_cases_lie_beside_the_tests():
    assert len(KEPT) == 8


@pytest.mark.parametrize("name", KEPT)
def test_kept_case_has_one_line_for_each_value(mapped, name):
    check(mapped, HERE / name)


@pytest.mark.shared
@pytest.mark.parametrize("name", FROM_SHARED)
def test_shared_case_has_one_line_for_each_value(mapped, shared_folder, name):
    if not (shared_folder / name).is_dir():
        pytest.skip(f"no reference case at {shared_folder / name}; set LATENTMR_SHARED")
    check(mapped, shared_folder / name)


def test_no_line_is_of_another_case(mapped):
    assert {line["case"] for line in mapped} == {*KEPT, *FROM_SHARED}


def test_every_line_has_an_option_and_what_is_not_offered_a_reason(mapped):
    assert [line for line in mapped if None in line or not (line["option"] or "").strip()] == []
    assert [line for line in mapped if line["option"] == "not offered" and not (line["note"] or "").strip()] == []
