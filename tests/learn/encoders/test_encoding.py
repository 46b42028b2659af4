"""From genotypes to instruments, missing calls and all."""

import re
from dataclasses import replace

import numpy as np
import pytest

from latentmr import analyse
from latentmr.data import Dataset
from latentmr.learn import LinearLearner
from latentmr.simulate import admixture


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    env = np.repeat(["a", "b"], 400)
    G = rng.binomial(2, np.where(env[:, None] == "a", 0.2, 0.6), size=(800, 6)).astype(float)
    G[rng.random(G.shape) < 0.1] = np.nan
    return Dataset.from_arrays(G, env)


@pytest.fixture(scope="module")
def model(data):
    return LinearLearner(n_factors=1).fit(data)


def weights(model, genotypes):
    return (genotypes - model.encoder.center) @ model.encoder.z_weights


def test_encoding_is_linear_in_centred_genotypes(model):
    G = np.random.default_rng(0).binomial(2, 0.5, size=(7, 6))
    assert model.encode(G) == pytest.approx(weights(model, G), abs=1e-12)
    assert model.encode(G.astype(np.int8)) == pytest.approx(model.encode(G.astype(np.float32)), abs=1e-12)
    assert model.residual(G) == pytest.approx((G - model.encoder.center) @ model.encoder.v_weights, abs=1e-12)
    assert model.encode(G).shape == (7, 5)


def test_the_mean_person_is_the_origin(model):
    assert model.encode(model.encoder.center[None]) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("missing", ["call", "number"])
def test_missing_calls_take_the_mean_of_their_environment(model, missing):
    G = np.ones((3, 6), dtype=np.int8 if missing == "call" else float)
    G[:, 2] = -127 if missing == "call" else np.nan
    want = np.ones((3, 6))
    want[:, 2] = [model.fill[0, 2], model.fill[1, 2], model.encoder.center[2]]
    found = model.encode(G, env=["a", "b", "somewhere else"])
    assert found == pytest.approx(weights(model, want), abs=1e-12)
    assert len({round(float(value), 6) for value in found[:, 0]}) == 3


def test_missing_calls_take_the_pooled_mean_where_the_environment_is_not_said(model):
    G = np.full((2, 6), -127, dtype=np.int8)
    assert model.encode(G) == pytest.approx(0, abs=1e-12)
    assert model.residual(G) == pytest.approx(0, abs=1e-12)


def test_environments_do_not_matter_to_people_without_missing_calls(model):
    G = np.ones((2, 6), dtype=np.int8)
    assert np.array_equal(model.encode(G, env=["a", "b"]), model.encode(G))


def test_fill_is_the_mean_of_known_calls(data, model):
    for e in range(2):
        calls = np.where(data.G == -127, np.nan, data.G.astype(float))[data.env == e]
        assert model.fill[e] == pytest.approx(np.nanmean(calls, axis=0), rel=1e-12)


def test_blocks_give_what_the_whole_matrix_gives(data, model):
    rows, blocks = zip(*model.encode_blocks(data), strict=True)
    whole = model.encode(data.G, env=np.array(data.env_names)[data.env])
    assert np.array_equal(np.concatenate(rows), np.arange(800))
    assert np.vstack(blocks) == pytest.approx(whole, abs=1e-12)


def test_what_is_wanted_of_new_genotypes(model):
    assert list(model.wanted.variants["id"]) == [f"v{j}" for j in range(1, 7)]
    assert np.array_equal(model.wanted.fill_for(("b", "new")), np.vstack([model.fill[1], model.encoder.center]))
    assert model.wanted.kind == "counts"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda m: m.encode(np.ones((3, 5))),
            "G must have the 6 columns of the model's variants. Got shape (3, 5); give one column"
            " for each row of the model's table of variants.",
        ),
        (
            lambda m: m.encode(np.ones(6)),
            "G must have the 6 columns of the model's variants. Got shape (6,); give one column for"
            " each row of the model's table of variants.",
        ),
        (lambda m: m.residual(np.ones((3, 7))), "G must have the 6 columns"),
        (lambda m: m.encode(np.ones((3, 6)), np.ones((3, 1))), "A must have the model's 0 auxiliary features"),
        (
            lambda m: m.encode(np.full((3, 6), np.nan), env=["a", "b"]),
            "env must have a label for each of the 3 rows of G. Got 2; give one label for each row.",
        ),
    ],
)
def test_shapes_that_do_not_fit(model, call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call(model)


def test_genotypes_are_left_as_they_were(model):
    G = np.full((2, 6), np.nan)
    model.encode(G, env=["a", "b"])
    assert np.isnan(G).all()


def test_a_data_set_of_other_variants_or_alleles_is_refused():
    data = admixture(n=600, p=10, seed=2).dataset
    model = LinearLearner().fit(data)
    model.refuse_other(data)
    swapped = data.variants.assign(effect_allele="A")
    for other in (data.variants.iloc[::-1].reset_index(drop=True), swapped):
        with pytest.raises(ValueError, match="must hold the model's 10 variants and alleles, in its order"):
            analyse(replace(data, variants=other), model)
        with pytest.raises(ValueError, match="read the data with wanted=model.wanted"):
            next(model.encode_blocks(replace(data, variants=other)))
