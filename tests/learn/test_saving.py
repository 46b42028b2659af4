"""Models are saved and loaded without pickling and without losing a bit."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from latentmr.data import Dataset
from latentmr.learn import LinearLearner, Representation


@pytest.fixture(scope="module")
def models(counts_model, continuous_model, hand_made):
    rng = np.random.default_rng(0)
    A = rng.normal(size=(300, 2))
    G = rng.normal(size=(300, 5)) + A[:, [0]]
    with_aux = Dataset.from_arrays(G, np.repeat(["a", "b", "c"], 100), A=A)
    aux = LinearLearner(k=2).fit(with_aux)
    return {"factor": counts_model, "stationary": continuous_model, "aux": aux, "network": hand_made(with_aux, k=2)}


@pytest.fixture
def saved(models, tmp_path):
    models["factor"].save(tmp_path)
    return tmp_path


@pytest.fixture
def saved_network(models, tmp_path):
    models["network"].save(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["factor", "stationary", "aux", "network"])
def test_round_trip_is_bit_exact(models, tmp_path, name):
    model = models[name]
    model.save(tmp_path)
    loaded = Representation.load(tmp_path)
    assert type(loaded.encoder) is type(model.encoder)
    found, want = loaded.encoder.arrays(), model.encoder.arrays()
    assert set(found) == set(want)
    for field, value in want.items():
        assert np.array_equal(found[field], value)
        assert found[field].dtype == np.float64
    assert np.array_equal(loaded.fill, model.fill)
    assert (loaded.kind, loaded.env_names, loaded.aux_names) == (model.kind, model.env_names, model.aux_names)
    assert (loaded.learner, loaded.history) == (model.learner, model.history)
    assert loaded.variants.equals(model.variants)
    G = np.random.default_rng(1).normal(size=(9, len(model.variants)))
    A = np.random.default_rng(2).normal(size=(9, len(model.aux_names)))
    assert np.array_equal(loaded.encode(G, A), model.encode(G, A))
    assert np.array_equal(loaded.residual(G, A), model.residual(G, A))
    assert (loaded.k, loaded.form) == (model.k, model.form)


@pytest.mark.parametrize("name", ["factor", "network"])
def test_saving_again_writes_the_same_bytes(models, tmp_path, name):
    models[name].save(tmp_path)
    first = [(tmp_path / name).read_bytes() for name in ("model.json", "model.safetensors")]
    Representation.load(tmp_path).save(tmp_path)
    assert [(tmp_path / name).read_bytes() for name in ("model.json", "model.safetensors")] == first


def test_json_says_what_the_model_is(models, saved):
    meta = json.loads((saved / "model.json").read_text())
    assert (meta["format"], meta["encoder"], meta["kind"], meta["k"]) == (1, "linear", "counts", 27)
    assert meta["alleles_known"] is False
    assert [row["id"] for row in meta["variants"]] == list(models["factor"].variants["id"])
    assert "X" not in load_file(saved / "model.safetensors")


def test_json_says_that_the_encoder_is_a_network(saved_network):
    meta = json.loads((saved_network / "model.json").read_text())
    assert (meta["format"], meta["encoder"], meta["kind"], meta["k"]) == (1, "network", "continuous", 2)
    assert meta["history"]["form"] == "autoencoder"
    names = {f"{part}_{j}" for part in ("weights", "biases") for j in range(3)}
    assert names < set(load_file(saved_network / "model.safetensors"))


def message_of(folder):
    with pytest.raises(ValueError, match=r"^model ") as caught:
        Representation.load(folder)
    return str(caught.value)


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_missing_file(saved, name):
    (saved / name).unlink()
    assert (
        f"model must be a folder with a saved model. Got {saved}, which has no {name}; give the"
        " folder that save or a run wrote." == message_of(saved)
    )


def test_missing_folder(tmp_path):
    assert "which has no model.json" in message_of(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("key", "value"), [("format", 2), ("format", None), ("encoder", "tree"), ("encoder", ["linear"])]
)
def test_format_of_another_release(saved, key, value):
    meta = json.loads((saved / "model.json").read_text()) | {key: value}
    (saved / "model.json").write_text(json.dumps(meta))
    found = message_of(saved)
    assert "model must be of format 1 with a linear, network or flow encoder." in found
    assert repr(value) in found
    assert "use the release of latentmr that wrote it, or learn again" in found


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"\xff" * 64 + b])
def test_damaged_arrays(saved, damage):
    path = saved / "model.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    assert f"model must hold readable files. Got {saved}: " in message_of(saved)


@pytest.mark.parametrize("text", ["", "{", "\x00\x01", "[1, 2]"])
def test_damaged_json(saved, text):
    (saved / "model.json").write_text(text)
    assert "model must hold readable files." in message_of(saved)


@pytest.mark.parametrize("other", ["stationary", "aux"])
def test_json_of_another_model(models, saved, tmp_path, other):
    folder = tmp_path / "other"
    folder.mkdir()
    models[other].save(folder)
    (saved / "model.json").write_bytes((folder / "model.json").read_bytes())
    assert message_of(saved) == (
        f"model must hold model.json and model.safetensors of one model. Got files of different models in"
        f" {saved}; save the model again."
    )


def test_json_of_another_number_of_instruments(counts, saved):
    # the same variants, so the arrays' lengths agree
    arrays = load_file(saved / "model.safetensors")
    save_file(arrays | {"z_weights": arrays["z_weights"][:, :4].copy()}, saved / "model.safetensors")
    assert "of one model" in message_of(saved)


@pytest.mark.parametrize("name", ["z_weights", "v_weights", "fill", "extra"])
def test_arrays_too_few_or_too_many(saved, name):
    arrays = load_file(saved / "model.safetensors")
    if name == "extra":
        arrays["extra"] = np.zeros(3)
    else:
        del arrays[name]
    save_file(arrays, saved / "model.safetensors")
    assert "of one model" in message_of(saved)


@pytest.mark.parametrize("name", ["variants", "k", "history", "aux_names"])
def test_json_without_an_entry(saved, name):
    meta = json.loads((saved / "model.json").read_text())
    del meta[name]
    (saved / "model.json").write_text(json.dumps(meta))
    assert (
        message_of(saved)
        == f"model must hold readable files. Got {saved}, whose model.json lacks {name}; save the model again."
    )


def rewritten(folder, **changes):
    """Change arrays of a saved model; None takes one away."""
    arrays = {
        name: value for name, value in (load_file(folder / "model.safetensors") | changes).items() if value is not None
    }
    save_file(arrays, folder / "model.safetensors")
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "center",
        "input_weights",
        "skip",
        "aux_scale",
        "v_scale",
        "weights_0",
        "weights_1",
        "weights_2",
        "biases_1",
        "fill",
    ],
)
def test_arrays_of_a_network_too_few(saved_network, name):
    assert "of one model" in message_of(rewritten(saved_network, **{name: None}))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("weights_0", (7, 9)),  # another number of hidden units than the next layer has
        ("weights_1", (8,)),
        ("weights_2", (8, 4)),
        ("biases_2", (8,)),
        ("weights_3", (5, 5)),  # a layer more, without biases
        ("biases_3", (5,)),
        ("skip", (5, 5)),
        ("skip", (7, 4)),
        ("v_center", (2,)),
        ("aux_weights", (1, 5)),
        ("z_weights", (5, 2)),
    ],
)
def test_arrays_of_a_network_that_do_not_fit(saved_network, name, shape):
    assert "of one model" in message_of(rewritten(saved_network, **{name: np.zeros(shape)}))


@pytest.mark.parametrize(("key", "value"), [("k", 3), ("encoder", "linear"), ("aux_names", ["a1"])])
def test_json_that_does_not_fit_a_network(saved_network, key, value):
    meta = json.loads((saved_network / "model.json").read_text()) | {key: value}
    (saved_network / "model.json").write_text(json.dumps(meta))
    assert "of one model" in message_of(saved_network)


def test_json_that_calls_a_linear_encoder_a_network(saved):
    meta = json.loads((saved / "model.json").read_text()) | {"encoder": "network"}
    (saved / "model.json").write_text(json.dumps(meta))
    assert "of one model" in message_of(saved)


def test_a_damaged_network(saved_network):
    path = saved_network / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    assert f"model must hold readable files. Got {saved_network}: " in message_of(saved_network)
