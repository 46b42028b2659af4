"""Summaries, against sums by hand."""

import numpy as np
import pandas as pd
import pytest

from latentmr.benchmark import summarise
from latentmr.benchmark.summary import rmse_ratio
from latentmr.benchmark.task import COLUMNS


def rows(**columns: list) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    blank = {name: [np.nan] * n for name in COLUMNS}
    blank |= {name: [""] * n for name in ("ci", "covered", "wald_covered", "verdict", "reason")}
    return pd.DataFrame(blank | {"scenario": ["s"] * n, "method": ["m"] * n, "seed": list(range(n))} | columns)


def test_sums_by_hand() -> None:
    table = rows(
        beta=[1.1, 0.9, 1.3, 1.1],
        truth=[1.0] * 4,
        oracle=[1.1, 0.9, 1.1, 0.9],
        covered=["yes", "yes", "no", "yes"],
        wald_covered=["no", "no", "no", "yes"],
        length=[0.2, 0.4, np.inf, 0.3],
        r2=[0.9, 0.8, 1.0, 0.7],
        leak=[0.0, 0.1, 0.0, 0.3],
        verdict=["credible", "credible", "caution", "not identified"],
        seconds=[1.0, 2.0, 3.0, 10.0],
        peak_mb=[100.0, 300.0, 200.0, 100.0],
    )
    (row,) = summarise(table).to_dict("records")
    assert row["bias"] == pytest.approx(0.1)
    assert row["rmse"] == pytest.approx(np.sqrt((0.01 + 0.01 + 0.09 + 0.01) / 4))
    assert row["rmse_to_oracle"] == pytest.approx(row["rmse"] / 0.1)
    assert row["bias_mc"] == pytest.approx(np.std([0.1, -0.1, 0.3, 0.1], ddof=1) / 2)
    assert (row["coverage"], row["wald_coverage"]) == (0.75, 0.25)
    assert row["coverage_mc"] == pytest.approx(np.sqrt(5 / 8 * 3 / 8 / 8))
    assert (row["length"], row["r2"], row["leak"]) == pytest.approx((0.35, 0.85, 0.05))
    assert (row["credible"], row["caution"], row["not_identified"]) == (0.5, 0.25, 0.25)
    assert (row["seconds"], row["peak_mb"]) == (2.5, 300.0)


def test_failures_are_counted_and_leave_the_rest() -> None:
    table = rows(beta=[1.1, np.nan, 0.9], truth=[1.0] * 3, oracle=[1.05, 1.1, 1.05], reason=["", "ValueError: no", ""])
    (row,) = summarise(table).to_dict("records")
    assert (row["runs"], row["failed"]) == (3, 1)
    assert row["rmse"] == pytest.approx(0.1)
    assert np.isnan(row["coverage"])


def test_where_all_fail_there_are_numbers_of_nothing_and_no_crash() -> None:
    (row,) = summarise(rows(reason=["no", "no"])).to_dict("records")
    assert (row["runs"], row["failed"]) == (2, 2)
    assert all(np.isnan(row[name]) for name in ("bias", "rmse", "rmse_to_oracle", "coverage", "seconds"))


def test_the_oracle_is_as_good_as_itself_without_doubt() -> None:
    errors = np.random.default_rng(1).normal(size=50)
    assert rmse_ratio(errors, errors) == (1.0, 0.0)
    twice, error = rmse_ratio(2 * errors, errors)
    assert (twice, error) == pytest.approx((2.0, 0.0))


def test_few_draws_have_a_ratio_without_an_error() -> None:
    ratio, error = rmse_ratio(np.array([0.2, 0.2, 0.2, 0.2]), np.array([0.1, 0.1, 0.1, 0.1]))
    assert ratio == pytest.approx(2)
    assert np.isnan(error)
    assert all(np.isnan(rmse_ratio(np.array([]), np.array([]))))


def test_the_monte_carlo_error_is_that_of_repetitions() -> None:
    rng = np.random.default_rng(2)
    pairs = rng.multivariate_normal([0, 0], [[4, 1], [1, 1]], (300, 40))
    ratios = np.sqrt((pairs[..., 0] ** 2).mean(axis=1) / (pairs[..., 1] ** 2).mean(axis=1))
    errors = [rmse_ratio(draw[:, 0], draw[:, 1])[1] for draw in pairs[:60]]
    assert np.median(errors) == pytest.approx(ratios.std(), rel=0.25)
