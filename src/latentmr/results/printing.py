"""Short printing of dataclasses that hold arrays: shapes in place of values."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

__all__ = ["ShortRepr", "counted", "shown"]

#: Maximum number of entries of a tuple, list or mapping that are printed.
ENTRIES = 6
#: Maximum number of characters of a text that are printed.
CHARACTERS = 80


class ShortRepr:
    """Print a dataclass by its fields, with the shapes of arrays in place of their values.

    A dataclass takes it as a base and is declared with ``repr=False``. Neither an address nor an element of an array is
    printed, so that no value of an individual can appear.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, repr=False)
    ... class Sums(ShortRepr):
    ...     n: int
    ...     S: np.ndarray
    >>> Sums(500, np.eye(3))
    Sums(n=500, S=array of shape (3, 3))
    """

    def __repr__(self) -> str:
        values = ((each.name, getattr(self, each.name)) for each in fields(self) if each.repr)  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(f'{name}={shown(value)}' for name, value in values)})"


def shown(value: Any) -> str:
    """Return a short text for one value.

    Parameters
    ----------
    value : object
        Numbers and short texts are printed. An array is printed by its shape; a tuple, list or mapping with more than
        six entries, or with arrays, by its length; any other object by its type.

    Returns
    -------
    str

    Examples
    --------
    >>> shown(np.zeros((2, 2))), shown(1 / 3), shown((1, 2)), shown(tuple(range(40))), shown({"a": 1.5})
    ('array of shape (2, 2)', '0.3333', '(1, 2)', 'tuple of 40', "{'a': 1.5}")
    """
    if value is None or isinstance(value, bool | np.bool_):
        return str(value)
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return f"{float(value):.4g}"
    if isinstance(value, str):
        return repr(value if len(value) <= CHARACTERS else f"{value[: CHARACTERS - 3]}...")
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    if isinstance(value, tuple | list | Mapping):
        return _entries(value)
    if isinstance(value, ShortRepr):
        return repr(value)
    if is_dataclass(value) and type(value).__str__ is object.__str__ and hasattr(type(value).__repr__, "__wrapped__"):
        return type(value).__name__  # the printing that dataclasses generate shows every element of an array
    text = str(value)
    return type(value).__name__ if len(text) > CHARACTERS or " at 0x" in text or "\n" in text else text


def counted(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun.

    Parameters
    ----------
    number : int
    singular, plural : str
        The noun; the plural ends in "s" unless it is given.

    Returns
    -------
    str

    Examples
    --------
    >>> counted(1, "covariate"), counted(4000, "individual")
    ('1 covariate', '4,000 individuals')
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def _entries(value: Any) -> str:
    """Return the entries of a short tuple, list or mapping; otherwise its type and length."""
    short = len(value) <= ENTRIES
    if isinstance(value, Mapping):
        if short:
            return "{" + ", ".join(f"{key!r}: {shown(each)}" for key, each in value.items()) + "}"
        return f"mapping of {len(value)}"
    if short:
        inside = ", ".join(map(shown, value))
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return f"{type(value).__name__} of {len(value)}"
