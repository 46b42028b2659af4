"""Short printing: names and sizes, never the values of an array or of an individual."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

__all__ = ["Brief", "listing", "shortened"]

#: Names that a list shows at most, and characters of a name.
MOST, LONGEST = 10, 60


def shortened(name: object, longest: int = LONGEST) -> str:
    """Cut the middle out of a long name.

    Examples
    --------
    >>> shortened("cohort"), shortened("a" * 100, 11)
    ('cohort', 'aaaa...aaaa')
    """
    text = str(name)
    half = (longest - 3) // 2
    return text if len(text) <= longest else f"{text[:half]}...{text[len(text) - half :]}"


def listing(names: Sequence[object], most: int = MOST) -> str:
    """List at most ``most`` names, and count the others.

    Examples
    --------
    >>> listing(["age", "sex"]), listing("abcdef", most=3)
    ('age, sex', 'a, b, c and 3 more')
    """
    shown = ", ".join(shortened(name) for name in names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")


class Brief:
    """A dataclass that prints the name and size of each array or table, and other short values as they are.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> @dataclass(repr=False)
    ... class Fit(Brief):
    ...     scores: np.ndarray
    ...     kind: str
    >>> Fit(np.zeros((100, 2)), "exact")
    Fit: scores 100 x 2, kind exact
    """

    def __repr__(self) -> str:
        each: Any = self
        shown = (_size(part.name, getattr(each, part.name)) for part in fields(each) if part.repr)
        return f"{type(self).__name__}: {', '.join(shown)}"


def _size(name: str, value: Any) -> str:
    if isinstance(value, str | int | float | bool | None):
        return f"{name} {shortened(value)}"
    shape = getattr(value, "shape", None)
    if shape is None:
        return f"{name} {len(value):,}" if hasattr(value, "__len__") else name
    return f"{name} {' x '.join(f'{size:,}' for size in shape)}"
