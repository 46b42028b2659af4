"""The autoencoder as a learner: what it accepts and refuses, what does not change its numbers, and that it learns."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import ndtri

import latentmr as lm
from latentmr.data import Dataset
from latentmr.learn import AutoencoderLearner, LinearLearner, Representation
from latentmr.learn.autoencoder import fit as cross_environment
from latentmr.learn.autoencoder.settings import WEIGHTS
from latentmr.learn.training import descent
from latentmr.learn.training.linear_start import standardised_inputs
from latentmr.learn.training.train import Plan
from latentmr.simulate import admixture, linear, polynomial

CHECK = Plan.check_every
SMALL = {"k": 3, "steps": 20, "starts": 1, "jobs": 1}


@pytest.fixture(scope="module")
def simulated():
    return linear(n_per_env=150, seed=1)


@pytest.fixture(scope="module")
def data(simulated):
    return simulated.dataset


@pytest.fixture(scope="module")
def model(data):
    return AutoencoderLearner(**SMALL).fit(data)


@pytest.fixture(scope="module")
def data_with_aux(data):
    A = np.random.default_rng(0).normal(size=(data.n, 2)) * [1.0, 3.0] + data.G[:, :1] + 5.0
    return Dataset.from_arrays(data.G, data.env, A=A)


def fit(G, env, A=None, **options):
    return AutoencoderLearner(**(SMALL | options)).fit(Dataset.from_arrays(G, env, A=A))


def arrays(model):
    return model.encoder.arrays() | {"fill": model.fill}


def identical(first, second):
    return all(np.array_equal(value, arrays(second)[name]) for name, value in arrays(first).items())


ALL_PARTS = "reconstruction, invariance, independence, entropy"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k must be auto or a whole number from 1. Got 0; use auto or a number from 1."),
        ({"k": "many"}, "k must be auto or a whole number from 1. Got 'many'; use auto or a number from 1."),
        ({"form": "ica"}, "form must be one of auto, stationary, factor. Got 'ica'; use one of these names."),
        ({"n_factors": -1}, "n_factors must be auto or a whole number from 0. Got -1; use auto or a number from 0."),
        ({"steps": 0}, "steps must be a whole number from 1. Got 0; use 1 or more."),
        ({"steps": 10.0}, "steps must be a whole number from 1. Got 10.0; use 1 or more."),
        ({"steps": True}, "steps must be a whole number from 1. Got True; use 1 or more."),
        ({"starts": 0}, "starts must be a whole number from 1. Got 0; use 1 or more."),
        ({"width": 0}, "width must be a whole number from 1. Got 0; use 1 or more."),
        ({"depth": 0}, "depth must be a whole number from 1. Got 0; use 1 or more."),
        ({"batch_size": 7}, "batch_size must be a whole number from 8. Got 7; use 8 or more."),
        ({"learning_rate": 0}, "learning_rate must lie between 0 and 1. Got 0; 0.001 is a usual rate."),
        ({"learning_rate": 1.0}, "learning_rate must lie between 0 and 1. Got 1.0; 0.001 is a usual rate."),
        ({"learning_rate": float("nan")}, "learning_rate must lie between 0 and 1. Got nan; 0.001 is a usual rate."),
        (
            {"weights": {"beauty": 1, "art": 2}},
            f"weights must be of {ALL_PARTS}. Got art, beauty; use one of these names.",
        ),
        (
            {"weights": {"entropy": -1}},
            "weights must be finite and not negative. Got -1 for entropy; use 0 or a positive number.",
        ),
        (
            {"weights": {"entropy": float("inf")}},
            "weights must be finite and not negative. Got inf for entropy; use 0 or a positive number.",
        ),
        (
            {"weights": dict.fromkeys(WEIGHTS, 0)},
            "weights must not all be 0. Got 0 for every part; give one part a positive weight.",
        ),
        ({"device": "tpu"}, "device must be one of auto, cpu, cuda. Got 'tpu'; use one of these names."),
        ({"jobs": 0}, "jobs must be a whole number from 1. Got 0; use 1 or more."),
        ({"seed": -1}, "seed must be a whole number from 0. Got -1; use 0 or more."),
        ({"checkpoint_every": 0}, "checkpoint_every must be a whole number from 1. Got 0; use 1 or more."),
        ({"resume": True}, "resume must come with the path of a checkpoint. Got none; give the path as checkpoint."),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        AutoencoderLearner(**options)
    assert str(caught.value) == message


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is an accelerator")
def test_an_accelerator_that_is_absent_is_refused(data):
    with pytest.raises(ValueError, match="device must be available. Got cuda, and torch finds none here; use cpu or"):
        AutoencoderLearner(**SMALL, device="cuda").fit(data)
    assert descent.pick_device("auto").type == descent.pick_device("cpu").type == "cpu"


def test_whole_numbers_of_any_kind_are_taken(tmp_path):
    given = AutoencoderLearner(k=np.int64(3), steps=np.int32(20), seed=np.int64(2), n_factors="2")
    assert (given.k, given.steps, given.seed, given.n_factors) == (3, 20, 2, 2)
    # so that they can be written down
    assert json.loads(json.dumps(given.settings))["seed"] == 2


def test_weights_not_given_are_the_usual_ones():
    assert AutoencoderLearner().all_weights == WEIGHTS
    assert AutoencoderLearner(weights={"entropy": 3}).all_weights == WEIGHTS | {"entropy": 3.0}


def pattern(n=180):
    rng = np.random.default_rng(0)
    return rng.binomial(2, 0.4, size=(n, 6)), np.repeat(["a", "b", "c"], n // 3)


CALLS, SITES = pattern()
REFUSED = {
    "k, stationary": (
        lambda data: fit(data.G, data.env, k=7),
        "k must be at most the number of independent columns of G, 6. Got 7; give a smaller k.",
    ),
    "k, factor": (
        lambda data: fit(CALLS, SITES, k=5, n_factors=2),
        "k must be at most the number of variants less factors, 4. Got 5; give a smaller k.",
    ),
    "n_factors, stationary": (
        lambda data: fit(data.G, data.env, n_factors=1),
        "n_factors must be left out with the stationary form. Got both; choose form factor or give k.",
    ),
    "constant variant": (
        lambda data: fit(np.column_stack([CALLS, np.ones(180, dtype=int)]), SITES, k="auto"),
        "variants must vary among the individuals in learning. Got 1 that do not, v7 first; leave them out.",
    ),
    "one environment": (
        lambda data: fit(data.G, np.repeat("north", data.n)),
        "env must have at least two environments with 30 or more individuals",
    ),
    "more variants than people": (
        lambda data: fit(np.random.default_rng(0).normal(size=(180, 180)), SITES),
        "instruments must be fewer than individuals. Got 180 variants for 180 individuals in"
        " learning; use fewer variants or more individuals.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_data_that_cannot_be_learned_from(data, case):
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        call(data)


def uneven():
    big = linear(n_per_env=3000, n_env=2, seed=1).dataset
    return big.G[:3030], big.env[:3030]


def many():
    found = linear(n_per_env=40, n_env=50, seed=1).dataset
    return found.G, found.env


def two():
    found = linear(n_per_env=150, n_env=2, seed=1).dataset
    return found.G, found.env


TAKEN = {
    "environments of very different size": lambda data: (*uneven(), 3),
    "fifty environments": lambda data: (*many(), 3),
    "two environments": lambda data: (*two(), 3),
    "a constant column": lambda data: (np.column_stack([data.G, np.full(data.n, 2.5)]), data.env, 3),
    "a column twice": lambda data: (data.G[:, [0, 1, 2, 3, 4, 5, 0]], data.env, 3),
    "one column": lambda data: (data.G[:, :1], data.env, 1),
    "as many instruments as columns": lambda data: (data.G, data.env, 6),
}


@pytest.mark.parametrize("case", TAKEN)
def test_unusual_data_are_learned_from(data, case):
    G, env, k = TAKEN[case](data)
    found = fit(G, env, k=k)
    Z, V = found.encode(G), found.residual(G)
    rank = np.linalg.matrix_rank(G - G.mean(axis=0), tol=1e-3)
    assert Z.shape == (len(G), k)
    assert V.shape == (len(G), rank - k)
    assert found.history.k_available == rank
    assert 0 < Z.min() < Z.max() < 1
    assert Z.std(axis=0).min() > 0.2  # the uniform law has 0.29
    assert np.isfinite(V).all()


def test_small_environments_are_left_out_of_learning_only(data):
    env = np.where(np.arange(data.n) < 20, "tiny", data.env.astype(str))
    found = fit(data.G, env)
    assert found.history.n_learning == data.n - 20
    assert list(found.history.environments) == ["0", "1", "2", "3"]
    assert found.encode(data.G).shape == (data.n, 3)
    changed = np.where(np.arange(data.n)[:, None] < 20, 9.0, data.G)
    # what the origin is depends on all people, to the last digits
    assert fit(changed, env).encode(data.G) == pytest.approx(found.encode(data.G), abs=1e-4)


def test_allele_counts_start_from_the_factor_form():
    cohort = admixture(n=1500, p=12, seed=1).dataset
    found = AutoencoderLearner(steps=20, starts=1).fit(cohort)
    plain = LinearLearner().fit(cohort)
    assert (found.k, found.kind, found.form) == (plain.k, "counts", "autoencoder")
    assert found.history.linear_form == "factor"
    assert found.history.n_factors == plain.history.n_factors
    assert found.history.k_available == 12
    Z = found.encode(cohort.G)
    assert 0 < Z.min() < Z.max() < 1


def test_fewer_instruments_leave_no_direction_out():
    cohort = admixture(n=1500, p=12, seed=1).dataset
    found = AutoencoderLearner(k=2, steps=20, starts=1).fit(cohort)
    assert found.encode(cohort.G).shape[1] + found.residual(cohort.G).shape[1] == 12


def test_phenotypes_are_not_looked_at(data, model):
    order = np.random.default_rng(0).permutation(data.n)
    blind = AutoencoderLearner(**SMALL).fit(replace(data, X=data.X[order] * 7, y=data.y[order[::-1]] + 3))
    assert identical(model, blind)
    assert model.history == blind.history
    assert identical(model, fit(data.G, data.env))


def test_learning_again_gives_the_same_numbers_and_leaves_learner_and_data_as_they_were(data, model):
    learner, before = AutoencoderLearner(**SMALL), data.G.copy()
    settings = dict(vars(learner))
    again = learner.fit(data)
    assert identical(again, model)
    assert again.history == model.history
    assert vars(learner) == settings
    assert np.array_equal(data.G, before)


def test_the_seed_decides_the_numbers(data, model):
    other = AutoencoderLearner(**SMALL, seed=1).fit(data)
    assert not identical(model, other)
    assert other.k == model.k


def test_processes_do_not_decide_them(data, monkeypatch):
    monkeypatch.setattr("latentmr.learn.training.starts.WORTH_PROCESSES", 0.0)
    options = {"k": 3, "steps": CHECK + 20, "starts": 3}
    one, two = (AutoencoderLearner(**options, jobs=jobs).fit(data) for jobs in (1, 2))
    assert identical(one, two)
    assert (one.history, one.learner) == (two.history, two.learner)


@pytest.mark.parametrize("factors", [[1e6] * 6, [1e6, 1e-3, 1.0, 30.0, 5.0, 1e2]])
def test_units_of_the_columns_do_not_matter(data, model, factors):
    found = fit(data.G * factors, data.env)
    assert found.encode(data.G * factors) == pytest.approx(model.encode(data.G), abs=1e-4)


def test_origins_of_the_columns_do_not_matter(data, model):
    found = fit(data.G + np.arange(6), data.env)
    assert found.encode(data.G + np.arange(6)) == pytest.approx(model.encode(data.G), abs=1e-3)


@pytest.mark.parametrize("change", ["order", "signs"])
def test_order_and_signs_of_the_columns_hardly_matter(data, model, same_span, change):
    # the linear start is the same up to signs, and a short training hardly leaves it
    G = data.G[:, [5, 2, 0, 1, 4, 3]] if change == "order" else data.G * [1, -1, 1, 1, -1, 1]
    assert same_span(ndtri(fit(G, data.env).encode(G)), ndtri(model.encode(data.G))) < 0.02


def test_names_of_environments_do_not_matter(data, model):
    assert identical(model, fit(data.G, np.array(["a", "b", "c", "d"])[data.env]))


@pytest.mark.parametrize("which", ["plain", "aux"])
def test_the_encoder_without_torch_is_the_trained_network(data, data_with_aux, monkeypatch, which):
    dataset = data if which == "plain" else data_with_aux
    seen = []
    original = cross_environment._encoder

    def spy(*given):
        seen.append(given)
        return original(*given)

    monkeypatch.setattr(cross_environment, "_encoder", spy)
    found = AutoencoderLearner(**(SMALL | {"steps": 60})).fit(dataset)
    network, people, last = seen[0]
    assert last.taken
    inputs = torch.from_numpy(standardised_inputs(dataset, people.start)[0])
    d = network.d
    with torch.no_grad():
        out = network.outputs(inputs)
        moved = out @ torch.tensor(last.outputs, dtype=torch.float32)
        moved = moved + inputs[:, d:] @ torch.tensor(last.aux, dtype=torch.float32) + torch.tensor(last.shift)
        Z, V = torch.special.ndtr(moved).numpy(), out[:, 3:].numpy()
    assert found.encode(dataset.G, dataset.A) == pytest.approx(Z, abs=1e-5)
    residual = found.residual(dataset.G, dataset.A)[:, : d - 3]
    assert np.diag(np.corrcoef(residual.T, V.T)[: d - 3, d - 3 :]) == pytest.approx(1, abs=1e-6)
    # standardised over the people in training, which are nearly all
    assert residual.mean(axis=0) == pytest.approx(0, abs=0.1)
    assert residual.std(axis=0) == pytest.approx(1, abs=0.1)


def test_auxiliary_features_are_part_of_the_function(data_with_aux, tmp_path):
    found = AutoencoderLearner(**SMALL).fit(data_with_aux)
    G, A = data_with_aux.G, data_with_aux.A
    assert found.aux_names == ("a1", "a2")
    assert found.residual(G, A).shape == (600, 3 + 2)
    assert found.history.k_available == 6
    Z = found.encode(G, A)
    # the last step frees the scores of them
    assert np.abs(np.corrcoef(ndtri(Z).T, A.T)[:3, 3:]).max() < 0.1
    assert not np.allclose(Z, found.encode(G, A[::-1]), atol=0.01)
    with pytest.raises(
        ValueError,
        match=re.escape("A must have the model's 2 auxiliary features (a1, a2). Got 0; give them in this order."),
    ):
        found.encode(G)


def test_what_was_found_on_the_way_is_kept(data):
    found = AutoencoderLearner(k=3, steps=CHECK + 20, starts=2, jobs=1).fit(data)
    history, training = found.history, found.history.training
    assert (found.form, history.linear_form) == ("autoencoder", "stationary")
    assert history.n_learning == 600
    assert history.refined == (history.agreement_of_refinement >= 0.9)
    assert [row.start for row in training.starts] == ["linear solution", "random rotation 1"]
    assert [row["step"] for row in training.log] == [CHECK, CHECK + 20]
    assert set(training.log[0]) == {"step", "total", *WEIGHTS}
    # the log goes on from that of the start that was best
    best = min(row.objective for row in training.starts)
    assert training.log[0]["total"] == best
    assert (training.steps, training.device, training.held_out) == (CHECK + 20, "cpu", 60)
    assert training.best_step in (CHECK, CHECK + 20)
    assert history.stopped == ""
    weights = {name: float(value) for name, value in WEIGHTS.items()}
    assert found.learner["name"] == "autoencoder"
    assert (found.learner["weights"], found.learner["starts"], found.learner["n_factors"]) == (weights, 2, "auto")


def test_the_total_is_the_weighted_sum_of_its_parts(data):
    weights = {"reconstruction": 2.0, "invariance": 0.0, "independence": 5.0, "entropy": 0.5}
    row = AutoencoderLearner(**SMALL, weights=weights).fit(data).history.training.log[0]
    assert row["total"] == pytest.approx(sum(weight * row[name] for name, weight in weights.items()), rel=1e-5)


def test_a_saved_model_is_the_same(data_with_aux, tmp_path):
    found = AutoencoderLearner(**SMALL).fit(data_with_aux)
    found.save(tmp_path)
    loaded = Representation.load(tmp_path)
    assert (loaded.learner, loaded.history) == (found.learner, found.history)
    G, A = data_with_aux.G, data_with_aux.A
    assert np.array_equal(loaded.encode(G, A), found.encode(G, A))
    assert np.array_equal(loaded.residual(G, A), found.residual(G, A))


def test_an_interrupt_ends_training_with_the_best_so_far(data):
    def watch(now):
        if now.stage == "training":
            raise KeyboardInterrupt

    found = AutoencoderLearner(k=3, steps=2 * CHECK, starts=1).fit(data, watch)
    assert found.history.stopped == f"interrupted at step {CHECK} of {2 * CHECK}"
    assert found.history.training.steps == CHECK
    reasons = lm.analyse(data, found, bootstrap=0).verdict.reasons
    said = f"convergence: training was interrupted at step {CHECK} of {2 * CHECK}: the best network up to then is used"
    assert said in reasons
    whole = AutoencoderLearner(k=3, steps=CHECK, starts=1).fit(data)
    assert not any("interrupted" in reason for reason in lm.analyse(data, whole, bootstrap=0).verdict.reasons)


def test_an_interrupt_before_that_stops_learning(data):
    def watch(now):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        AutoencoderLearner(k=3, steps=2 * CHECK, starts=2, jobs=1).fit(data, watch)


class LightsOutError(Exception):
    """Whatever ends a run."""


@pytest.mark.parametrize("starts", [1, 2])
def test_resumed_learning_gives_the_same_bits(data, tmp_path, starts):
    path = tmp_path / "run.safetensors"
    options = {"k": 3, "steps": 3 * CHECK, "starts": starts, "jobs": 1}

    def watch(now):
        if now.stage == "training" and now.done > 2 * CHECK:
            raise LightsOutError

    stopped = AutoencoderLearner(**options, checkpoint=path, checkpoint_every=CHECK // 2)
    with pytest.raises(LightsOutError):
        stopped.fit(data, watch)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    # how often, and in how many processes, is no part of the run
    seen = []
    resumed = AutoencoderLearner(**(options | {"jobs": 2}), checkpoint=path, checkpoint_every=CHECK * 9, resume=True)
    again = resumed.fit(data, seen.append)
    assert [(now.stage, now.done) for now in seen] == [("training", 3 * CHECK)]
    whole = AutoencoderLearner(**options).fit(data)
    assert identical(again, whole)
    assert again.history == whole.history
    with pytest.raises(
        ValueError, match=re.escape(f"Got {path}, of another run; leave out resume to start a new training.")
    ):
        AutoencoderLearner(**(options | {"seed": 5}), checkpoint=path, resume=True).fit(data)


def test_resuming_from_nothing_is_refused(data, tmp_path):
    path = tmp_path / "none.safetensors"
    with pytest.raises(ValueError, match=re.escape(f"resume must find a checkpoint. Got none at {path};")):
        AutoencoderLearner(**SMALL, checkpoint=path, resume=True).fit(data)


def test_losses_that_are_no_numbers_are_an_error(data):
    def broken(network, batch, generator):
        return {"total": network.outputs(batch.inputs).mean() * float("nan")}

    with pytest.raises(FloatingPointError, match="training must keep finite losses. At step 0 they were total nan"):
        cross_environment.learn_autoencoder(AutoencoderLearner(**SMALL), data, None, broken)


def test_a_learner_alone_does_not_load_torch():
    code = "import sys, latentmr as lm; lm.AutoencoderLearner(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_it_sees_through_nonlinear_mixing_what_the_linear_learner_does_not(r_squared):
    mixed = polynomial(n_per_env=1000, seed=1)
    plain = LinearLearner(k=3).fit(mixed.dataset).encode(mixed.dataset.G)
    learned = AutoencoderLearner(k=3, steps=600, starts=1).fit(mixed.dataset).encode(mixed.dataset.G)
    truth = mixed.truth
    assert r_squared(truth.Z, learned) > r_squared(truth.Z, plain) + 0.02
    assert r_squared(truth.V, learned) < r_squared(truth.V, plain)
