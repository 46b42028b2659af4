"""The number of instruments: which candidates are accepted, which are tried, and who asks."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from latentmr import AutoencoderLearner, FlowLearner, LinearLearner
from latentmr.data import Dataset
from latentmr.learn.flow import number_of_instruments as module
from latentmr.learn.flow.number_of_instruments import Candidate, discrete_column, largest_accepted
from latentmr.learn.linear.learner import NoStationaryDirectionError
from latentmr.learn.training.descent import people_in_learning
from latentmr.results.history import History
from latentmr.simulate import admixture, diffeomorphic, linear

NOISE = np.random.default_rng(0).normal(size=400)


def made(k, nats=0.0, area=0.5, noise=0.0):
    """A number whose people have, on average, a likelihood of ``-nats``."""
    centred = NOISE - NOISE.mean()
    return Candidate(k, -nats + noise * centred / centred.std(), area)


# which are accepted


@pytest.mark.parametrize(("area", "accepted"), [(0.5, True), (0.6, True), (0.601, False), (1.0, False)])
def test_instruments_that_tell_environments_apart_are_refused(area, accepted):
    assert made(2, area=area).accepted([]) is accepted
    assert made(2, area=area).accepted([made(1, nats=5)]) is accepted


@pytest.mark.parametrize(("nats", "accepted"), [(-1, True), (0, True), (0.079, True), (0.081, False), (1, False)])
def test_likelihood_may_be_lost_up_to_a_tolerance(nats, accepted):
    assert made(3, nats).accepted([made(1)]) is accepted


def test_the_best_of_those_accepted_counts():
    others = [made(1, 0.2), made(2, 0.0), made(3, 0.1)]
    assert made(4, 0.05).accepted(others)
    assert not made(4, 0.15).accepted(others)
    assert made(4, 0.15).accepted([others[0], others[2]])


def test_two_standard_errors_of_the_difference_are_noise():
    # of 400 people with a standard deviation of 2 they are 0.2
    assert made(3, 0.19, noise=2).accepted([made(1)])
    assert not made(3, 0.21, noise=2).accepted([made(1)])
    # noise that both share cancels
    assert not made(3, 0.19, noise=2).accepted([made(1, noise=2)])


# which are tried


def search(most, refused=(), nats=None):
    """Numbers tried, in that order, the number found, and the rows."""
    tried = []

    def evaluate(k):
        tried.append(k)
        return made(k, (nats or {}).get(k, 0.0), 1.0 if k in refused else 0.5)

    k, rows = largest_accepted(evaluate, most)
    return tried, k, rows


@pytest.mark.parametrize("most", [1, 2, 8])
def test_of_few_numbers_all_are_tried(most):
    tried, k, rows = search(most)
    assert tried == list(range(1, most + 1))
    assert k == most
    assert [row.k for row in rows] == tried
    assert all(row.accepted for row in rows)


def test_two_refused_in_a_row_end_the_search():
    tried, k, rows = search(8, refused={4, 5})
    assert (tried, k) == ([1, 2, 3, 4, 5], 3)
    assert [row.accepted for row in rows] == [True, True, True, False, False]


def test_one_refused_is_passed_over():
    tried, k, rows = search(8, refused={1, 3, 6, 7})
    assert (tried, k) == ([1, 2, 3, 4, 5, 6, 7], 5)
    assert [row.k for row in rows if not row.accepted] == [1, 3, 6, 7]


def test_the_last_may_be_refused_alone():
    assert search(4, refused={4})[:2] == ([1, 2, 3, 4], 3)


def test_where_all_are_refused_one_is_left():
    tried, k, rows = search(8, refused=set(range(9)))
    assert (tried, k) == ([1, 2], 1)
    assert not any(row.accepted for row in rows)
    assert search(20, refused=set(range(21)))[1] == 1


def test_a_refused_number_does_not_set_the_standard():
    """The second has the best likelihood, but tells environments apart."""
    tried, k, _ = search(3, refused={2}, nats={2: -5.0})
    assert (tried, k) == ([1, 2, 3], 3)


def test_likelihood_refuses_too():
    assert search(8, nats={1: 3.0, 2: 2.0, 3: 2.02, 4: 2.3, 5: 2.5})[:2] == ([1, 2, 3, 4, 5], 3)


@pytest.mark.parametrize("most", [9, 20, 57])
def test_of_many_numbers_bisection_finds_the_last(most):
    for truth in {1, 2, 5, most // 2, most - 1, most}:
        tried, k, rows = search(most, refused=set(range(truth + 1, most + 1)))
        assert k == truth
        assert len(tried) == len(set(tried)) <= np.ceil(np.log2(most)) + 1
        assert [row.k for row in rows] == sorted(tried)
        assert tried[0] == 1


def test_bisection_by_hand():
    assert search(20, refused=set(range(7, 21)))[0] == [1, 11, 6, 8, 7]


def test_rows_say_what_was_seen():
    _, _, rows = search(2, refused={2}, nats={1: 1.5})
    assert [row.to_dict() for row in rows] == [
        {"k": 1, "nats": 1.5, "area": 0.5, "accepted": True},
        {"k": 2, "nats": 0.0, "area": 1.0, "accepted": False},
    ]
    _, rows = largest_accepted(lambda k: Candidate(k, np.full(9, -np.inf), 1.0), 1)
    assert [row.to_dict() for row in rows] == [{"k": 1, "nats": None, "area": 1.0, "accepted": False}]


# short flows


@pytest.fixture(scope="module")
def seen():
    return []


@pytest.fixture(scope="module")
def model(seen):
    learner = FlowLearner(k="auto", steps=150, starts=1, jobs=1)
    return learner.fit(linear(n_per_env=1000, seed=1).dataset, seen.append)


def test_the_exogenous_dimensions_are_counted(model):
    assert model.k == 3
    assert model.learner["k"] == "auto"
    assert model.history.rule.startswith("largest k whose held-out likelihood is within 0.08 nats (or 2 standard")
    assert model.history.rule.endswith("predict the environment with an area under the curve up to 0.6")
    curve = model.history.k_curve
    assert [row.k for row in curve] == [1, 2, 3, 4, 5]
    assert [row.accepted for row in curve] == [True, True, True, False, False]


def test_instruments_too_many_cost_likelihood_and_tell_environments_apart(model):
    nats, area = (np.array([getattr(row, name) for row in model.history.k_curve]) for name in ("nats", "area"))
    assert np.ptp(nats[:3]) < 0.05
    assert (np.diff(nats)[2:] > 0.2).all()
    assert np.abs(area[:3] - 0.5).max() < 0.06
    assert area[4] > area[3] > 0.6


def test_progress_of_the_choice_comes_first(model, seen):
    choosing = [now for now in seen if now.stage == "choosing k"]
    assert seen[:5] == choosing
    assert [(now.done, now.total) for now in choosing] == [(i, 5) for i in range(1, 6)]
    curve = model.history.k_curve
    assert [now.losses for now in choosing] == [{"k": row.k, "nats": row.nats} for row in curve]
    assert seen[5].stage == "training"


def small(d_v=2):
    learner = FlowLearner(k="auto", starts=1, jobs=1)
    return people_in_learning(learner, linear(n_per_env=60, n_env=3, d_z=1, d_v=d_v, seed=1).dataset)


def stub(monkeypatch, run, stopped=""):
    training = SimpleNamespace(run=run, stopped=stopped)
    monkeypatch.setattr(module, "flow_recipe", lambda learner, people: lambda index, batches: training)


def test_a_number_that_cannot_be_trained_is_refused(monkeypatch):
    def diverge():
        raise FloatingPointError("training must keep finite losses")

    stub(monkeypatch, diverge)
    k, history = module.number_of_instruments(small(), 0, None)
    assert k == 1
    rows = [{"k": k, "nats": None, "area": 1.0, "accepted": False} for k in (1, 2)]
    assert history.to_dict() == {"rule": module.RULE, "k_curve": rows}


def test_an_interrupt_ends_the_choice(monkeypatch):
    stub(monkeypatch, lambda: None, "interrupted at step 200 of 400")
    with pytest.raises(KeyboardInterrupt):
        module.number_of_instruments(small(), 0, None)


def test_one_column_leaves_one_number(monkeypatch):
    tried = []

    def candidate(people, batches, k, seed):
        tried.append(k)
        return made(k)

    monkeypatch.setattr(module, "_candidate", candidate)
    assert module.number_of_instruments(small(d_v=0), 0, None)[0] == 1
    assert tried == [1]


def test_progress_of_a_bisection_stays_within_its_total(monkeypatch):
    monkeypatch.setattr(module, "_candidate", lambda people, batches, k, seed: made(k, area=0.5 + 0.2 * (k > 3)))
    seen = []
    k, history = module.number_of_instruments(small(d_v=15), 0, seen.append)
    assert k == 3
    assert [row.k for row in history.k_curve] == sorted({1, 8, 4, 2, 3})
    assert [(now.done, now.total) for now in seen] == [(i, 5) for i in range(1, 6)]


def test_they_draw_from_no_more_people_than_starts_do(monkeypatch):
    people, sizes = small(), []

    def candidate(whole, batches, k, seed):
        sizes.append(batches.sizes)
        assert batches.held_out is people.batches.held_out
        return made(k)

    monkeypatch.setattr(module, "_candidate", candidate)
    monkeypatch.setattr(module, "MOST_INDIVIDUALS", 90)
    module.number_of_instruments(people, 0, None)
    assert sizes == [(30, 30, 30)] * 2


# who asks

TINY = {"steps": 20, "starts": 1, "jobs": 1}


@pytest.fixture
def asked(monkeypatch):
    """Short flows that find two, without a flow; their seeds."""
    seeds = []

    def found(people, seed, watch):
        seeds.append(seed)
        return 2, History(rule="a rule", k_curve=())

    monkeypatch.setattr(module, "number_of_instruments", found)
    return seeds


@pytest.fixture(scope="module")
def mixed():
    """Genotypes of which no linear combination is stationary."""
    data = diffeomorphic(n_per_env=1500, seed=0).dataset
    with pytest.raises(NoStationaryDirectionError):
        LinearLearner().fit(data)
    return data


def with_discrete(data):
    return Dataset.from_arrays(np.column_stack([data.G, np.arange(data.n) % 3 + 0.5]), data.env)


@pytest.mark.parametrize("learner", [FlowLearner, AutoencoderLearner])
def test_short_flows_choose_where_the_linear_learner_finds_nothing(mixed, asked, learner):
    model = learner(**TINY, seed=4).fit(mixed)
    assert model.k == 2
    assert asked == [4]
    assert (model.history.rule, list(model.history.k_curve)) == ("a rule", [])
    assert model.encode(mixed.G).shape == (mixed.n, 2)


@pytest.mark.parametrize("learner", [FlowLearner, AutoencoderLearner])
def test_a_number_that_is_given_is_not_asked_for(asked, learner):
    model = learner(k=1, **TINY).fit(linear(n_per_env=100, seed=1).dataset)
    assert (model.k, asked) == (1, [])
    assert model.history.k_curve is None


@pytest.mark.parametrize("learner", [FlowLearner, AutoencoderLearner])
def test_the_factor_form_has_a_number_of_its_own(asked, learner):
    data = admixture(n=400, p=8, seed=0).dataset
    model = learner(form="factor", **TINY).fit(data)
    assert model.k == LinearLearner(form="factor").fit(data).k
    assert asked == []
    assert model.history.k_curve is None


def test_in_the_factor_form_continuous_columns_have_no_other_number_either(asked):
    data = linear(n_per_env=200, d_z=4, d_v=4, seed=1).dataset
    learner = AutoencoderLearner(form="factor", **TINY)
    people = people_in_learning(learner, data)
    kept, chosen = module.with_chosen_number(learner, people, None)
    assert (kept, chosen.to_dict()) == (people, {})
    assert learner.fit(data).k == people.start.k
    assert asked == []


def test_without_a_density_the_autoencoder_takes_the_number_of_the_linear_learner(asked):
    data = with_discrete(linear(n_per_env=300, seed=1).dataset)
    model = AutoencoderLearner(**TINY).fit(data)
    assert model.k == LinearLearner().fit(data).k
    assert asked == []
    assert model.history.k_curve is None


def test_without_a_density_and_without_a_linear_number_it_must_be_given(mixed, asked):
    rng = np.random.default_rng(0)
    levels = (rng.random(mixed.n) < 0.2 + 0.2 * mixed.env).astype(float) + 0.5
    data = Dataset.from_arrays(np.column_stack([mixed.G, levels]), mixed.env)
    message = (
        r"k must be given if no linear combination of G has the same distribution in all"
        r" environments: .* Got auto; give k,"
        r" at most the number of exogenous dimensions \(fewer are still valid\), of 7 columns\."
    )
    with pytest.raises(ValueError, match=message):
        AutoencoderLearner(**TINY).fit(data)
    assert asked == []
    assert AutoencoderLearner(k=2, **TINY).fit(data).k == 2


def test_counts_have_no_density(asked):
    data = admixture(n=400, p=8, seed=0).dataset
    assert data.kind != "continuous"
    options = {"form": "stationary"} | TINY
    try:
        expected = LinearLearner(form="stationary").fit(data).k
    except NoStationaryDirectionError:
        with pytest.raises(ValueError, match="k must be given where no linear combination"):
            AutoencoderLearner(**options).fit(data)
    else:
        assert AutoencoderLearner(**options).fit(data).k == expected
    assert asked == []


# discrete columns


def columns(*parts, **options):
    rng = np.random.default_rng(0)
    G = np.column_stack([rng.normal(size=len(parts[0])), *parts])
    return Dataset.from_arrays(G, np.repeat(["a", "b"], len(G) // 2), **options)


def values(count, n=100):
    return np.arange(n) % count + 0.25


def test_continuous_columns_have_densities():
    assert discrete_column(linear(n_per_env=50, seed=1).dataset) is None


@pytest.mark.parametrize(("count", "found"), [(2, ("v2", 2)), (10, ("v2", 10)), (11, None)])
def test_a_column_of_few_values_is_found(count, found):
    assert discrete_column(columns(values(count))) == found


def test_the_first_is_named():
    assert discrete_column(columns(values(50), values(4), values(3))) == ("v3", 4)


def test_a_constant_column_is_left_to_others():
    assert discrete_column(columns(values(1))) is None


@pytest.mark.parametrize(("n", "found"), [(20, None), (22, ("v2", 3))])
def test_of_few_people_nothing_is_concluded(n, found):
    data = columns(values(3))
    assert discrete_column(replace(data, in_learning=np.arange(100) < n)) == found


def test_only_people_in_learning_are_looked_at():
    z = np.random.default_rng(1).normal(size=100)
    z[::2] = values(3)[::2]
    everyone = columns(z)
    assert discrete_column(everyone) is None
    in_learning = np.arange(100) % 2 == 0
    assert discrete_column(replace(everyone, in_learning=in_learning)) == ("v2", 3)


def test_of_many_people_some_are_looked_at():
    z = values(3, 20_000)
    z[1::2] = np.random.default_rng(0).normal(size=10_000)
    assert discrete_column(columns(z)) == ("v2", 3)
