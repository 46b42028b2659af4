"""Test how distributions differ and how variables depend, and measure how well one variable predicts another.

>>> import numpy as np
>>> import latentmr as lm
>>> rng = np.random.default_rng(0)
>>> x = rng.normal(size=300)
>>> lm.dependence.hsic_test(x, np.cos(x)).p_value
0.001

All public functions of this package use NumPy. The penalties of training, :mod:`latentmr.dependence.mmd` and
:mod:`latentmr.dependence.hsic`, use PyTorch and load only with the autoencoder.
"""

from latentmr.dependence.permutation import Permuted, hsic_test, mmd_test
from latentmr.dependence.prediction import area_under_curve, explained_shares

__all__ = ["Permuted", "area_under_curve", "explained_shares", "hsic_test", "mmd_test"]
