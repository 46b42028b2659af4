"""Effects and strength by environment: by hand, size, power, what is left out, refusals."""

import numpy as np
import pytest
from scipy.stats import kstest

from latentmr import tsls
from latentmr.diagnose.by_environment import effects_by_environment, effects_from_moments
from latentmr.diagnose.environment_strength import strength_by_environment, strength_from_moments
from latentmr.iv.model import Model, columns
from latentmr.iv.moments import gather
from latentmr.iv.problem import problem
from latentmr.iv.specification.first_stage import first_stage_f


def arrays(seed=0, sizes=(300, 200, 250), effects=(0.5, 0.5, 0.5), k=3, strength=0.5):
    rng = np.random.default_rng(seed)
    env = np.repeat(np.arange(len(sizes)), sizes)
    n = len(env)
    Z, C, u = rng.normal(size=(n, k)) + env[:, None], rng.normal(size=(n, 1)), rng.normal(size=n)
    x = strength * Z.sum(axis=1) + C[:, 0] + 2 * env + u + rng.normal(size=n)
    y = np.asarray(effects)[env] * x + u - 3 * env + rng.normal(size=n) * np.exp(0.2 * Z[:, 0] - 0.2 * env)
    names = np.array(["north", "south", "east", "west"])[env]
    order = rng.permutation(n)
    return Z[order], x[order], y[order], names[order], C[order]


def by_hand(Z, x, y, env, C, name):
    others = [label for label in np.unique(env) if label != name]
    dummies = np.column_stack([env == label for label in others]).astype(float)
    rest = env != name
    first = np.column_stack([Z, C, dummies])[rest]
    pi = np.linalg.lstsq(first, x[rest], rcond=None)[0][: Z.shape[1]]
    here = env == name
    return Z[here] @ pi, x[here], y[here], C[here]


@pytest.mark.parametrize("se", ["homoskedastic", "HC0", "HC1", "cluster"])
def test_effects_are_ratios_with_the_score_of_the_others(se):
    Z, x, y, env, C = arrays()
    groups = np.arange(len(y)) % 60 if se == "cluster" else None
    found = effects_by_environment(Z, x, y, env, C, se=se, cluster=groups)
    assert [effect.name for effect in found.effects] == ["east", "north", "south"]
    assert (found.left_out, found.test.verdict, found.test.df) == ((), "pass", "chi2(2)")
    for effect, share in zip(found.effects, found.partial_r2, strict=True):
        score, *rest = by_hand(Z, x, y, env, C, effect.name)
        here = None if groups is None else groups[env == effect.name]
        want = tsls(score, *rest, se=se, cluster=here)
        n = len(score)
        assert effect.n == want.n == n
        assert effect.beta == pytest.approx(want.beta, rel=1e-9)
        # the score's errors count one regressor less than those of the exposure
        factor = 1.0 if se == "HC0" else np.sqrt((n - 2) / (n - 3))
        assert effect.se == pytest.approx(want.se / factor, rel=0.01)
        assert effect.f_statistic == pytest.approx(want.effective_f)
        assert effect.ci.is_bounded
        assert effect.beta in effect.ci
        posed = problem(score, *rest, method="2SLS", se=se, cluster=here)
        assert share == pytest.approx(first_stage_f(posed)[0].effect)
    precision = np.array([effect.se**-2 for effect in found.effects])
    assert found.pooled == pytest.approx(precision @ [effect.beta for effect in found.effects] / precision.sum())
    assert found.pooled_se == pytest.approx(precision.sum() ** -0.5)


def test_no_environment_has_a_part_in_its_own_score():
    Z, x, y, env, C = arrays()
    other = np.where(env == "south", np.random.default_rng(1).permutation(x), x)
    before, after = (effects_by_environment(Z, value, y, env, C) for value in (x, other))
    assert after.effects[0].beta != before.effects[0].beta
    scored = by_hand(Z, x, y, env, C, "south")[0]
    assert by_hand(Z, other, y, env, C, "south")[0] == pytest.approx(scored)


def test_rotating_scaling_and_shuffling_change_nothing():
    Z, x, y, env, C = arrays()
    want = effects_by_environment(Z, x, y, env, C)
    turn = np.random.default_rng(5).normal(size=(3, 3))
    order = np.random.default_rng(6).permutation(len(y))
    found = effects_by_environment((100 * Z @ turn + C)[order], 10 * x[order], y[order], env[order], C[order])
    assert [10 * effect.beta for effect in found.effects] == pytest.approx([effect.beta for effect in want.effects])
    assert found.test.statistic == pytest.approx(want.test.statistic, rel=1e-5)
    ours, theirs = (strength_by_environment(*parts) for parts in ((Z, x, y, env, C), (Z @ turn, x, y, env, C)))
    assert [row.effective_f for row in ours] == pytest.approx([row.effective_f for row in theirs])


def test_it_has_its_size_and_finds_another_effect():
    def found(seed, effects):
        Z, x, y, env, C = arrays(seed, effects=effects, strength=0.3)
        return effects_by_environment(Z, x, y, env, C).test

    p = [found(seed, (0.5, 0.5, 0.5)).p_value for seed in range(200)]
    assert kstest(p, "uniform").pvalue > 0.001
    different = found(0, (0.5, 0.5, -0.5))
    assert different.verdict == "warn"
    assert different.effect > 0.5


def test_what_is_left_out_is_named():
    Z, x, y, env, C = arrays(sizes=(300, 15, 250, 200), effects=(0.5,) * 4)
    x = np.where(env == "west", np.random.default_rng(3).normal(size=len(x)), x)
    found = effects_by_environment(Z, x, y, env, C)
    assert [effect.name for effect in found.effects] == ["east", "north"]
    reasons = {row.environment: (row.n, row.reason) for row in found.left_out}
    assert reasons["south"] == (
        15,
        "n must leave at least 20 degrees of freedom in an environment. Got 15 individuals; use fewer instruments.",
    )
    assert reasons["west"][0] == 200
    assert reasons["west"][1].startswith("the first-stage F of the score must be at least 4. Got ")
    assert found.test.reason.endswith("; 2 of 4 environments are left out")
    assert [row.f_statistic is None for row in found.left_out] == [True, False]


def test_an_environment_whose_exposure_or_instruments_do_not_vary():
    Z, x, y, env, C = arrays()
    x, Z = np.where(env == "east", 1.0, x), np.where((env == "north")[:, None], 0.0, Z)
    found = effects_by_environment(Z, x, y, env, C)
    assert [effect.name for effect in found.effects] == ["south"]
    assert len(found.left_out) == 2
    assert found.test.verdict == "not applicable"
    assert found.test.reason == "the score is sufficiently strong in only 1 of 3 environments: nothing to compare"
    assert found.pooled == pytest.approx(found.effects[0].beta)
    rows = strength_by_environment(Z, x, y, env, C)
    assert [bool(row.reason) for row in rows] == [True, True, False]
    assert rows[0].f_statistic is rows[0].effective_f is rows[0].k is None


def test_no_environment_is_strong():
    Z, _, y, env, C = arrays()
    found = effects_by_environment(Z, np.random.default_rng(0).normal(size=len(y)), y, env, C)
    assert (found.effects, found.pooled, found.pooled_se, found.test.verdict) == ((), None, None, "not applicable")


@pytest.mark.parametrize("se", ["homoskedastic", "HC1", "cluster"])
def test_strength_is_that_of_each_environment_alone(se):
    Z, x, y, env, C = arrays()
    groups = np.arange(len(y)) % 60 if se == "cluster" else None
    for row in strength_by_environment(Z, x, y, env, C, se=se, cluster=groups):
        here = env == row.environment
        want = tsls(Z[here], x[here], y[here], C[here], se=se, cluster=None if groups is None else groups[here])
        assert (row.n, row.k, row.reason) == (here.sum(), 3, "")
        assert row.f_statistic == pytest.approx(want.f_statistic)
        assert row.effective_f == pytest.approx(want.effective_f)
        assert 15 < row.critical_value < 25


def test_moments_are_those_of_the_arrays():
    Z, x, y, env, C = arrays()
    design = np.column_stack([C, Z, x, y])
    rows = {str(name): design[env == name] for name in np.unique(env)}
    blocks = {name: lambda name=name: iter(np.array_split(rows[name], 7)) for name in rows}
    moments = {name: gather(blocks[name]) for name in rows}
    model = Model("OLS", columns(6, slice(1, 4)), columns(6, [4]), columns(6, 5), columns(6, [0]), ("x",))
    found, want = effects_from_moments(moments, blocks, model), effects_by_environment(Z, x, y, env, C)
    assert found.test.statistic == pytest.approx(want.test.statistic)
    assert [effect.se for effect in found.effects] == pytest.approx([effect.se for effect in want.effects])
    ours = strength_from_moments(moments, blocks, model)
    theirs = strength_by_environment(Z, x, y, env, C)
    assert [row.effective_f for row in ours] == pytest.approx([row.effective_f for row in theirs])


def test_labels_and_clusters_of_any_kind():
    Z, x, y, env, C = arrays()
    want = effects_by_environment(Z, x, y, env, C)
    codes = np.unique(env, return_inverse=True)[1]
    for labels in (codes, codes[:, None] * 1.5, env.astype(object)):
        assert effects_by_environment(Z, x, y, labels, C).test.statistic == pytest.approx(want.test.statistic)
    inside = np.char.add(env, (np.arange(len(y)) % 5).astype(str))
    assert len(effects_by_environment(Z, x, y, env, C, cluster=inside).effects) == 3
    one = effects_by_environment(Z, x, y, env, C, cluster=np.where(env == "east", "a", inside))
    assert "at least two clusters" in one.left_out[0].reason


def test_the_exposure_among_the_instruments():
    Z, x, y, env, C = arrays()
    rows = strength_by_environment(np.column_stack([Z, x]), x, y, env, C)
    assert {row.reason for row in rows} == {"the instruments contain the exposure"}
    assert {row.f_statistic for row in rows} == {np.inf}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"env": np.zeros(750)}, "env must have at least two environments. Got 1"),
        ({"env": np.zeros(3)}, "env must have one label for each of the 750 rows of y. Got shape"),
        ({"env": np.array([None] * 750)}, "env must have no missing label. Got 750 missing labels"),
        ({"alpha": 5}, "alpha must lie between 0 and 1. Got 5"),
        ({"Z": None}, "Z must have at least one column. Got none"),
        ({"x": np.random.default_rng(0).normal(size=(750, 2))}, "x must be one exposure. Got 2"),
        ({"y": np.full(750, np.nan)}, "y must be finite. Got 750 missing"),
        ({"se": "HC9"}, "se must be one of"),
        ({"se": "cluster"}, "cluster must be given if se is cluster. Got none"),
    ],
)
def test_refusals(change, message):
    named = dict(zip(("Z", "x", "y", "env", "C"), arrays(), strict=True))
    with pytest.raises(ValueError, match=message):
        effects_by_environment(**(named | change))
