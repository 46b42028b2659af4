"""One thread inside linear algebra: the matrices here are small, and threads would only wait for each other."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from latentmr.learn import LinearLearner
from latentmr.learn.network_encoder import NetworkEncoder


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def hand_made():
    """A network made by hand on the coordinates of the linear learner; of size 0 it is the identity of these."""

    def make(dataset, k=None, size=0.1, seed=0):
        linear = LinearLearner(k=k or "auto", seed=0).fit(dataset)
        given = linear.encoder
        W = np.hstack([given.z_weights, given.v_weights])
        a, (d, k) = dataset.A.shape[1], (W.shape[1], linear.k)
        rng = np.random.default_rng(seed)
        shapes = [(d + a, 8), (8, 8), (8, d)]
        encoder = NetworkEncoder(
            center=given.center,
            aux_center=given.aux_center,
            aux_weights=given.aux_weights,
            input_weights=W,
            aux_scale=dataset.A.std(axis=0),
            skip=np.vstack([np.eye(d), np.zeros((a, d))]),
            weights=[(size if shape[1] == d else 1.0) * rng.normal(size=shape) for shape in shapes],
            biases=[size * rng.normal(size=shape[1]) for shape in shapes],
            v_center=np.zeros(d - k),
            v_scale=np.ones(d - k),
            k=k,
        )
        everyone = np.vstack([encoder.residual(G, dataset.A[rows]) for rows, G in dataset.blocks()])[:, : d - k]
        kept = {name: linear.history[name] for name in ("n_learning", "people", "variability", "environments")}
        return replace(
            linear,
            encoder=replace(encoder, v_center=everyone.mean(axis=0), v_scale=everyone.std(axis=0)),
            learner={"name": "autoencoder"},
            history=kept | {"form": "autoencoder", "k_stationary": k, "k_available": d, "training": {"steps": 0}},
        )

    return make
