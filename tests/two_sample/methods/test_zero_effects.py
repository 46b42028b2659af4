"""A variant without any effect on the exposure has no allele that raises it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from latentmr.two_sample import methods as s
from latentmr.two_sample.methods import multivariable as mv

BX, BY = np.array([0.1, 0.2, 0.0, 0.3, 0.25, -0.0]), np.array([0.05, 0.11, 0.03, 0.14, 0.1, -0.02])
SE = np.full(6, 0.01)


@pytest.mark.parametrize("method", [s.egger, s.rucker])
def test_methods_with_an_intercept_refuse_it(method: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="bx must not be exactly 0 .* Got 2 variants with an effect of 0, whose"):
        method(BX, BY, SE, SE)
    kept = BX != 0
    assert method(BX[kept], BY[kept], SE[kept], SE[kept])


@pytest.mark.parametrize("method", [mv.egger, mv.lasso])
def test_so_do_multivariable_methods_for_the_exposure_that_codes(method: Callable[..., Any]) -> None:
    X, S = np.column_stack([BX, BX[::-1] + 0.05]), np.column_stack([SE, SE])
    with pytest.raises(ValueError, match=r"BX\[:, 0\] must not be exactly 0 .* Got 2 variants"):
        method(X, BY, S, SE)
    assert len(method(X, BY, S, SE, orient=1)) == 2


def test_the_default_table_says_why_a_method_is_missing() -> None:
    rows = BX[[0, 1, 2, 3]], BY[[0, 1, 2, 3]], SE[:4], SE[:4]
    with pytest.raises(ValueError, match="Got 1 variant with an effect of 0"):
        s.estimate_with("egger", *rows)
    assert s.estimate_with("ivw", *rows).k == 4
