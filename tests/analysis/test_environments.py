"""Environments are judged before any training."""

import numpy as np

from latentmr.analysis.before_learning import judge_environments
from latentmr.data import Dataset
from latentmr.simulate import diffeomorphic


def test_environments_that_differ_leave_the_question_open(continuous):
    test, verdict = judge_environments(continuous.dataset)
    assert test.verdict == "pass"
    assert (verdict.level, verdict.route) == ("caution", "environments")
    assert verdict.reasons[0] == test.reason
    assert (
        verdict.reasons[1]
        == "3 linear combinations of G have the same mean and covariance in every environment, and may be exogenous"
    )


def test_environments_that_do_not_differ_are_not_identified(variant, rng):
    test, verdict = judge_environments(variant(env=rng.integers(0, 4, 6000)))
    assert test.verdict == "warn"
    assert verdict.level == "not identified"
    assert verdict.advice[0].startswith("add environments that differ more")


def test_nonlinear_mixing_is_named():
    _, verdict = judge_environments(diffeomorphic(seed=1).dataset)
    assert verdict.level == "caution"
    assert verdict.reasons[1].startswith("no linear combination of G has the same distribution in every")
    assert "`learner` flow" in verdict.advice[0]


def test_unlinked_variants_do_without_differences(counts):
    data = counts.dataset
    _, verdict = judge_environments(data)
    assert (verdict.level, verdict.route) == ("caution", "unlinked variants")
    labels = np.random.default_rng(1).integers(0, 4, data.n)
    test, same = judge_environments(Dataset.from_arrays(data.G.astype(float), labels, data.X, data.y))
    assert (test.verdict, same.level) == ("warn", "caution")
