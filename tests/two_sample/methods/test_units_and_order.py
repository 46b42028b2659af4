"""Answers of all methods do not depend on units, on the order of the variants or on the alleles that a table counts.

Small random tables, many with weak variants or outliers. Every answer is finite, or there is a message.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from latentmr.errors import ArgumentError
from latentmr.two_sample import methods as s
from latentmr.two_sample.methods import METHODS, SEVERAL, Settings, estimate_several, estimate_with

#: Numbers of tables in the usual tests and in the slow ones.
FEW, MANY = 30, 1000
SETTINGS = Settings(draws=40, n_exposure=(20_000.0, 25_000.0), n_outcome=30_000.0)
#: Methods that take a long time for each table.
SLOW = {"cml-dp": 15, "radial": 4, "ivw-robust": 4, "raps": 4, "raps tukey": 4, "raps_shrinkage": 6, "cml": 3}
SLOW |= {f"{name} of several": 6 for name in ("cml", "lasso", "robust", "q-minimisation", "gmm")}

#: Other functions for one exposure.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "rucker": lambda *rows: s.rucker(*rows).chosen,
    "grip": s.grip,
    "egger_bootstrap": lambda *rows: s.egger_bootstrap(*rows, draws=40),
    "raps tukey": lambda *rows: s.raps(*rows, loss="tukey"),
    "raps_shrinkage": s.raps_shrinkage,
    "mode, first": lambda *rows: s.mode(*rows, weights="first", draws=40),
    "pivw, strong": lambda *rows: s.pivw(*rows, overdispersion=False),
}

Table = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def table(seed: int, m: int) -> Table:
    """Return effects on m exposures and an outcome, of 3 to 8 variants more than there are other exposures."""
    rng = np.random.default_rng(seed)
    p = int(rng.integers(3, 9)) + 2 * (m - 1)
    sx, sy = 0.005 * rng.uniform(0.5, 2, (p, m)), 0.01 * rng.uniform(0.5, 2, p)
    gamma = rng.choice([1.0, 3.0, 10.0, 40.0]) * sx * rng.uniform(0.5, 2, (p, m)) * rng.choice([-1, 1], (p, m))
    by = gamma @ rng.choice([0, 0.3, -2], m) + rng.choice([0.05, 1, 4]) * sy * rng.normal(size=p)
    by = by + (rng.random(p) < 0.2) * 0.1 * rng.normal(size=p)
    return gamma + sx * rng.normal(size=(p, m)), by, sx, sy


def answer(name: str, rows: Table) -> np.ndarray | str:
    """Return effects, errors, p values and ends of intervals, or the message."""
    bx, by, sx, sy = rows
    try:
        if name.endswith(" of several"):
            found = list(estimate_several(name.removesuffix(" of several"), bx, by, sx, sy, SETTINGS))
        else:
            one = (bx[:, 0], by, sx[:, 0], sy)
            found = [FUNCTIONS[name](*one) if name in FUNCTIONS else estimate_with(name, *one, SETTINGS)]
    except ArgumentError as error:
        return str(error)
    return np.array([[each.beta, each.se, each.ci_low, each.ci_high, each.p_value] for each in found])


def changes(rows: Table, seed: int) -> list[tuple[str, Table, np.ndarray]]:
    """Return the same table in other units, in another order and with other alleles, and factors of effects."""
    bx, by, sx, sy = rows
    rng, m = np.random.default_rng(seed), bx.shape[1]
    order, sign = rng.permutation(len(by)), rng.choice([-1.0, 1.0], len(by))
    ones = np.ones(m)
    found = [(f"exposure x {k:g}", (k * bx, by, k * sx, sy), k * ones) for k in (1e6, 1e-6)]
    found += [(f"outcome x {k:g}", (bx, k * by, sx, k * sy), ones / k) for k in (1e6, 1e-6)]
    if m > 1:
        units = np.array([1e6, 1e-6])
        found.append(("one exposure in another unit", (units * bx, by, units * sx, sy), units))
    found.append(("order", (bx[order], by[order], sx[order], sy[order]), ones))
    found.append(("alleles", (sign[:, None] * bx, sign * by, sx, sy), ones))
    return found


def check(name: str, seeds: range) -> None:
    m, answered = 2 if name.endswith(" of several") else 1, 0
    for seed in seeds:
        rows = table(seed, m)
        first = answer(name, rows)
        if not isinstance(first, str):
            answered += 1
            effect, se, low, high, p_value = first.T
            assert np.isfinite(first).all(), (name, seed)
            assert np.abs(effect).max() < 1e6, (name, seed)
            assert ((se > 0) & (se < 1e9) & (low <= high) & (p_value >= 0) & (p_value <= 1)).all(), (name, seed)
        for label, other, factor in changes(rows, seed):
            # its probabilities are compared with densities, as in the R function, so units matter
            if name == "heterogeneity-penalised" and " x " in label:
                continue
            found = answer(name, other)
            told = f"{name}, table {seed}: {label}"
            if isinstance(first, str) or isinstance(found, str):
                assert isinstance(first, str) == isinstance(found, str), f"{told}: {first} {found}"
                continue
            scaled = found[:, :4] * factor[:, None]
            # of weak variants the ends of intervals are known less precisely than a millionth of the error
            assert np.allclose(scaled, first[:, :4], rtol=1e-5, atol=1e-5 * float(first[:, 1].max())), told
            assert np.allclose(found[:, 4], first[:, 4], rtol=1e-4, atol=1e-12), told
    assert answered > 0.5 * len(seeds), name


NAMES = [*METHODS, *FUNCTIONS, *(f"{name} of several" for name in SEVERAL)]


@pytest.mark.parametrize("name", NAMES)
def test_few_tables(name: str) -> None:
    check(name, range(max(5, FEW // SLOW.get(name, 1))))


@pytest.mark.slow  # a thousand tables for each method
@pytest.mark.parametrize("name", NAMES)
def test_many_tables(name: str) -> None:
    check(name, range(MANY))
