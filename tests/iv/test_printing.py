"""Objects of the room print in a few lines: sizes in place of arrays, no address, no value of an individual."""

import inspect
import re

import numpy as np
import pytest

import latentmr.iv as room
from latentmr.iv import (
    binary_effects,
    ciiv,
    gather,
    multiplicative_structural_mean_model,
    problem,
    sisvive,
    tsht,
)
from latentmr.iv.invalid.individual_data import checked_data, reduced_coefficients
from latentmr.iv.specification.effective_f import effective_f_table
from latentmr.iv.specification.stage import first_stage

RNG = np.random.default_rng(0)
N = 500
Z, C, U = RNG.normal(size=(N, 3)), RNG.normal(size=(N, 2)), RNG.normal(size=N)
X = Z.sum(axis=1) + U
Y = 0.5 * X + U + RNG.normal(size=N)
CASE = (RNG.uniform(size=N) < 0.3).astype(float)
CLUSTER = np.column_stack([np.arange(N) // 10, np.arange(N) % 4])


def made():
    posed = problem(Z, X, Y, C)
    invalid = [method(Z, X, Y, C) for method in (sisvive, tsht, ciiv)]
    binary = [*binary_effects(Z, X, CASE), multiplicative_structural_mean_model(Z, X, CASE)]
    data = checked_data("TSHT", Z, X, Y, C)
    return [
        *(posed, posed.fit, posed.moments, posed.spread, posed.reduced, posed.model, first_stage(posed)),
        *(
            problem(Z, X, Y, cluster=CLUSTER),
            problem(None, X, Y, method="OLS"),
            problem(None, X, Y, method="OLS").spread,
        ),
        *(problem(Z, np.column_stack([X, U + Z[:, 0]]), Y).fit, effective_f_table(posed)[0]),
        *(data, reduced_coefficients(data, True)),
        *(*invalid, *(each.details for each in invalid), invalid[0].details.path, invalid[1].details.cliques[0]),
        *(*binary, *(each.details for each in binary)),
    ]


MADE = made()


@pytest.mark.parametrize("thing", MADE, ids=[f"{type(thing).__name__}{i}" for i, thing in enumerate(MADE)])
def test_short_and_without_values_of_individuals(thing):
    for text in (repr(thing), str(thing)):
        assert len(text.splitlines()) <= 3
        assert len(text) < 1000
        assert " at 0x" not in text
        assert "array(" not in text
        assert len(re.findall(r"\d[\d.e-]*", text)) <= 25


def test_every_public_class_is_printed():
    classes = {value for value in vars(room).values() if inspect.isclass(value)}
    assert classes <= {type(thing) for thing in MADE}


def test_words():
    posed = problem(Z, X, Y, C)
    assert repr(posed) == "Problem: 500 observations, 3 instruments, 1 exposure, 2 covariates; HC1 errors"
    clustered = problem(Z[:, :1], X, Y, cluster=CLUSTER)
    assert repr(clustered) == (
        "Problem: 500 observations, 1 instrument, 1 exposure, 0 covariates; cluster errors (50 clusters by 4 clusters)"
    )
    beta = f"{posed.fit.beta[0]:.4g}"
    assert repr(posed.fit).startswith(f"Fit: effect {beta} (kappa 1.0")
    assert repr(posed.fit).endswith("); 3 instruments, 1 exposure, 494 degrees of freedom")
    assert repr(gather(lambda: [Z])) == "Moments: cross products of 3 columns, 500 observations"
    assert repr(posed.reduced) == "ReducedForm: 3 instruments, 1 exposure; HC1 covariance, 494 degrees of freedom"
    assert repr(posed.spread) == (
        "Spread: covariances of 1 effect and of the moments of 3 instruments; treating the instruments as fixed"
    )
    assert repr(first_stage(posed)) == "FirstStage: 3 instruments for 1 exposure, 500 observations; HC1 errors"
    found = tsht(Z, X, Y, C)
    assert repr(found) == (
        f"TSHT: effect {found.beta:.4g} (standard error {found.se:.4g}, 95 % Wald interval {found.ci});"
        f" {len(found.valid)} valid and {len(found.invalid)} invalid of 3 relevant instruments; 500 observations"
    )
    assert "(no standard error);" in repr(sisvive(Z, X, Y, C))
    ratio = binary_effects(Z, X, CASE)[2]
    assert repr(ratio) == (
        f"TSPS: x {ratio.beta:.4g} (standard error {ratio.se:.4g}, 95 % Wald interval [{ratio.ci_low:.4g},"
        f" {ratio.ci_high:.4g}]), log odds ratio, conditional; ratio {ratio.ratio:.4g}; HC0, both stages errors"
    )
    assert "ratio" not in repr(binary_effects(Z, X, CASE)[0])
