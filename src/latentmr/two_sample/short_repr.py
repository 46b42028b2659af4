"""Representations that do not print whole arrays."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["ShortRepr"]

#: Maximum number of characters of one field, and of items of a collection that are shown.
WIDEST, MOST = 80, 10


class ShortRepr:
    """Mixin of dataclasses whose representation shows arrays and tables by their shapes.

    A dataclass with this mixin is declared with ``repr=False``.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(repr=False)
    ... class Fit(ShortRepr):
    ...     beta: float
    ...     residual: np.ndarray
    >>> Fit(0.123456789, np.zeros(30))
    Fit(beta=0.123457, residual=<array of shape (30,)>)
    """

    def __repr__(self) -> str:
        shown = ", ".join(f"{each.name}={_short(getattr(self, each.name))}" for each in fields(self))  # type: ignore[arg-type]  # a mixin of dataclasses
        return f"{type(self).__name__}({shown})"


def _short(value: Any) -> str:
    """Return one field: numbers with six digits, arrays and tables as their shapes."""
    if isinstance(value, np.ndarray):
        true = f", {int(value.sum())} true" if value.dtype == bool else ""
        return f"<array of shape {value.shape}{true}>"
    if isinstance(value, pd.DataFrame):
        return f"<table of {len(value)} rows, {value.shape[1]} columns>"
    if isinstance(value, float):
        return repr(float(f"{value:.6g}"))
    if isinstance(value, tuple | list | dict) and len(value) > MOST:
        return f"<{type(value).__name__} of {len(value)}>"
    if isinstance(value, Path):
        value = str(value)
    text = repr(value)
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."
