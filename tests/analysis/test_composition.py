"""What instruments are made of, and where environments lie."""

from dataclasses import replace

import numpy as np
import pytest

from latentmr import FlowLearner
from latentmr.analysis.composition import composition_rows, learned_space
from latentmr.data import Dataset


def table(rows):
    return np.array([[value for name, value in row.items() if name != "variant"] for row in rows])


def test_of_a_linear_encoder_it_is_the_loading(on_continuous):
    data, learned = on_continuous.dataset, on_continuous.representation
    rows = composition_rows(data, learned, 0)
    assert [row["variant"] for row in rows] == data.variants["id"].tolist()
    # instruments are the sum of standardised variants times what is shown
    G = data.G[data.in_estimation].astype(float)
    Z = learned.encode(data.G[data.in_estimation])
    made = ((G - G.mean(0)) / G.std(0)) @ table(rows)
    for made_by_rows, z in zip(made.T, Z.T, strict=True):
        assert np.corrcoef(made_by_rows, z)[0, 1] == pytest.approx(1, abs=0.01)


def test_it_follows_the_unit_of_no_variant(on_continuous, variant, continuous):
    from_linear = table(composition_rows(on_continuous.dataset, on_continuous.representation, 0))
    # finite differences on the same encoder agree with its loadings
    encoder = on_continuous.representation.encoder
    by_steps = replace(on_continuous.representation, encoder=_Opaque(encoder))
    assert table(composition_rows(on_continuous.dataset, by_steps, 0)) == pytest.approx(from_linear, abs=2e-4)


class _Opaque:
    """The same function, which does not say that it is linear."""

    n_outputs = 1

    def __init__(self, encoder):
        self.k, self.encode = encoder.k, encoder.encode


def test_of_a_network_it_is_an_average_over_people(continuous):
    data = continuous.dataset
    learned = FlowLearner(k=3, steps=60, starts=1, seed=0).fit(data)
    found = table(composition_rows(data, learned, 0))
    assert found.shape == (data.p, 3)
    assert np.isfinite(found).all()
    assert (np.abs(found).max(axis=0) > 0.1).all()


def test_a_variant_that_does_not_vary_moves_nothing(on_continuous):
    data = on_continuous.dataset
    G = data.G.copy()
    G[:, 0] = 1.0
    assert not table(composition_rows(replace(data, G=G), on_continuous.representation, 0))[0].any()


def test_environments_apart_in_genotypes_lie_together_in_instruments(on_counts):
    space = learned_space(on_counts.dataset, on_counts.representation, 20, 0)
    apart = {
        part: np.ptp([one["mean"] for one in space[part]["environments"]], axis=0).max() for part in ("before", "after")
    }
    assert apart["after"] < 0.2 < 0.5 < apart["before"]
    assert [len(space[part]["names"]) for part in ("before", "after")] == [2, 2]


def test_one_variant_and_one_instrument(rng):
    G, env = rng.normal(size=(400, 1)), np.repeat([0, 1], 200)
    data = Dataset.from_arrays(G, env, rng.normal(size=400), rng.normal(size=400))

    class One:
        k, encoder = 1, type("E", (), {"encode": staticmethod(lambda G, A: G)})

    space = learned_space(data, One(), 20, 0)
    assert space["after"]["names"] == ["instrument z1"]
    assert np.shape(space["before"]["counts"]) == (6, 1)


def test_the_same_seed_draws_the_same_people(on_counts):
    first, again = (learned_space(on_counts.dataset, on_counts.representation, 20, 3) for _ in range(2))
    assert first == again
