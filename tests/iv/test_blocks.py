"""Data read in blocks of any size give the numbers of data read at once."""

import numpy as np
import pytest

from latentmr.iv import estimate_models, gather, solve
from latentmr.iv.covariance import spreads


def table(sample, sizes, se, methods=("2SLS", "LIML", "Fuller", "OLS")):
    design = sample.design

    def blocks():
        return np.split(design, np.cumsum(sizes)) if sizes else [design]

    models = [sample.model(method) for method in methods]
    moments = gather(blocks)
    fits = [solve(model, moments) for model in models]
    found = spreads(fits, moments, blocks, se, sample.cluster)
    return estimate_models(models, fits, found, moments.n, se_type=se)


def strength(row):
    return [value for value in (row.f_statistic, row.effective_f) if value is not None]


@pytest.mark.parametrize("sizes", [[100, 100], [1, 7, 50, 100], [239], [0, 120, 0]])
def test_any_blocks_give_the_same_rows(sample, sizes, se_type):
    for found, want in zip(table(sample, sizes, se_type), table(sample, [], se_type), strict=True):
        assert (found.beta, found.se) == pytest.approx((want.beta, want.se), rel=1e-9)
        assert strength(found) == pytest.approx(strength(want), rel=1e-9)
        assert (found.method, found.n, found.k) == (want.method, want.n, want.k)


def test_models_together_give_what_each_gives_alone(sample, estimate, se_type):
    for row in table(sample, [60, 60], se_type):
        alone = estimate(row.method, sample, se_type)
        assert (row.beta, row.se) == pytest.approx((alone.beta, alone.se), rel=1e-9)
        assert strength(row) == pytest.approx(strength(alone), rel=1e-9)


def test_moments_are_those_of_the_whole_matrix(sample):
    design = sample.design + 1e4
    found = gather(lambda: np.split(design, [10, 200]))
    centred = design - design.mean(axis=0)
    assert found.n == len(design)
    assert found.mean == pytest.approx(design.mean(axis=0), rel=1e-12)
    cross = centred.T @ centred
    assert np.allclose(found.S, cross, rtol=1e-9, atol=1e-7)


def test_large_means_do_not_cost_digits(sample, estimate):
    far = sample.but(x=sample.x + 1e6, y=sample.y - 1e6, Z=sample.Z + 1e5)
    found, want = estimate("LIML", far), estimate("LIML", sample)
    assert (found.beta, found.se) == pytest.approx((want.beta, want.se), rel=1e-7)


def test_blocks_are_read_once_for_moments_and_once_for_errors(sample):
    reads = []

    def blocks():
        reads.append(1)
        return [sample.design]

    moments = gather(blocks)
    fits = [solve(sample.model(method), moments) for method in ("2SLS", "LIML")]
    assert len(reads) == 1
    spreads(fits, moments, blocks, "homoskedastic")
    assert len(reads) == 1
    spreads(fits, moments, blocks, "HC1")
    assert len(reads) == 2


def test_a_block_is_left_as_it_was(sample):
    block = sample.design
    before = block.copy()
    moments = gather(lambda: [block])
    spreads([solve(sample.model("LIML"), moments)], moments, lambda: [block], "HC1")
    assert np.array_equal(block, before)
