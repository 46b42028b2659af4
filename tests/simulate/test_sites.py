"""Sites of equal size, in every scenario that has them."""

import pytest

from latentmr.simulate import admixture, draw


@pytest.mark.parametrize("scenario", ["admixture", "assortative", "coalescent"])
def test_too_few_individuals_are_refused(scenario: str) -> None:
    pytest.importorskip("msprime" if scenario == "coalescent" else "numpy")
    with pytest.raises(ValueError, match=r"n must be at least two individuals for each of \d environments. Got 2; use"):
        draw(scenario, n=2)


def test_functions_refuse_them_as_well() -> None:
    with pytest.raises(
        ValueError, match="n must be at least two individuals for each of 5 environments. Got 9; use 10"
    ):
        admixture(n=9)


def test_no_site_is_refused() -> None:
    with pytest.raises(ValueError, match="n_env must be at least 1. Got 0; learning needs two"):
        admixture(n=100, n_env=0)


def test_sites_have_one_size() -> None:
    assert set(admixture(n=23, n_env=5, p=4).dataset.env.tolist()) == set(range(5))
    assert admixture(n=23, n_env=5, p=4).dataset.n == 20
