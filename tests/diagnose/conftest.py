"""People set aside, made by hand."""

import numpy as np
import pytest

from latentmr.diagnose import HeldOut


@pytest.fixture(scope="session")
def people_of():
    """People of environments ``a``, ``b``, ... of some sizes, each a unit of its own if none are given."""

    def make(sizes, Z, V=None, C=None, A=None, units=None):
        n = sum(sizes)
        V, C, A = (np.zeros((n, 0)) if part is None else np.asarray(part, dtype=float) for part in (V, C, A))
        env = np.repeat(np.arange(len(sizes)), sizes)
        units = np.arange(n) if units is None else units
        return HeldOut(np.asarray(Z, dtype=float), V, C, A, env, tuple("abcdefgh"[: len(sizes)]), units)

    return make
