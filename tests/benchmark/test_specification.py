"""Names with options."""

import pytest

from latentmr.benchmark.specification import nearest, parse


def test_values_are_numbers_where_they_can_be() -> None:
    (one,) = parse("scenario", " weak: mixing=linear , f-statistic=2.5,n=80 ")
    assert one.name == "weak"
    assert one.options == (("mixing", "linear"), ("f_statistic", 2.5), ("n", 80))


def test_what_is_written_is_read_back() -> None:
    for text in ("linear", "flow:k=2,steps=500", "admixture:fst=0.1"):
        assert [str(one) for one in parse("method", text)] == [text]


def test_slashes_stand_for_all_combinations_in_order() -> None:
    found = [str(one) for one in parse("scenario", "linear:n=1/2,n_env=3/4")]
    assert found == ["linear:n=1,n_env=3", "linear:n=1,n_env=4", "linear:n=2,n_env=3", "linear:n=2,n_env=4"]


def test_a_prefix_holds_for_the_values_after_it() -> None:
    found = [str(one) for one in parse("method", "2sls:adjust=none/gpcs:10/20/auto,k=1/2")]
    adjustments = ["none", "gpcs:10", "gpcs:20", "gpcs:auto"]
    assert found == [f"2sls:adjust={adjust},k={k}" for adjust in adjustments for k in (1, 2)]
    assert [str(one) for text in found for one in parse("method", text)] == found


@pytest.mark.parametrize("text", ["linear:n", "linear:n=", "linear:=3", "linear:n=1/", "linear:n=1,"])
def test_an_option_without_a_value(text: str) -> None:
    with pytest.raises(ValueError, match=r"^method must have the form name:option=value,option=value\. Got"):
        parse("method", text)


def test_an_option_twice() -> None:
    with pytest.raises(
        ValueError,
        match=r"^scenario must give each option once\. Got n twice in 'linear:n=1,n=2'; remove one of the two\.$",
    ):
        parse("scenario", "linear:n=1,n=2")


def test_a_suggestion_is_made_only_where_a_word_is_near() -> None:
    assert nearest("linaer", ["linear", "flow"]) == "; the nearest is linear"
    assert nearest("xyz", ["linear", "flow"]) == ""
