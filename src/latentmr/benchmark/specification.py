"""Parse names with options, as on the command line: ``admixture:n=8000,p=30`` or ``flow:k=2``."""

from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from typing import Any

from latentmr.errors import ArgumentError

__all__ = ["Specification", "nearest", "parse"]


@dataclass(frozen=True)
class Specification:
    """A name and its options.

    Parameters
    ----------
    name : str
        Name of the scenario or method.
    options : tuple of (str, value)
        Options in the order in which they were given.

    Examples
    --------
    >>> str(parse("method", "flow: k=2,steps=500")[0])
    'flow:k=2,steps=500'
    """

    name: str
    options: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return self.name + (":" + ",".join(f"{name}={value}" for name, value in self.options) if self.options else "")


def parse(argument: str, text: str) -> list[Specification]:
    """Parse a name with options.

    Parameters
    ----------
    argument : str
        Name of the argument, for messages.
    text : str
        ``name`` or ``name:option=value,option=value``; values are whole numbers, numbers or words. Several values
        separated by slashes stand for one specification each. A prefix that ends in a colon holds also for the values
        after it.

    Returns
    -------
    list of Specification
        One for each combination of values.

    Raises
    ------
    ValueError
        If an option has no value or is given twice.

    Examples
    --------
    >>> [str(one) for one in parse("scenario", "linear:n=2000/8000,n_env=2")]
    ['linear:n=2000,n_env=2', 'linear:n=8000,n_env=2']
    >>> [str(one) for one in parse("method", "2sls:adjust=env/gpcs:10/20")]
    ['2sls:adjust=env', '2sls:adjust=gpcs:10', '2sls:adjust=gpcs:20']
    """
    name, _, rest = text.strip().partition(":")
    options: dict[str, list[Any]] = {}
    for part in rest.split(",") if rest.strip() else []:
        key, _, value = (piece.strip() for piece in part.partition("="))
        key, values = key.replace("-", "_"), _values(value)
        if not key or not all(values):
            raise ArgumentError(
                f"{argument}", "have the form name:option=value,option=value", f"{text!r}", "give each option a value"
            )
        if key in options:
            raise ArgumentError(
                f"{argument}", "give each option once", f"{key} twice in {text!r}", "remove one of the two"
            )
        options[key] = [_value(piece) for piece in values]
    combinations = product(*options.values())
    return [Specification(name.strip(), tuple(zip(options, values, strict=True))) for values in combinations]


def nearest(word: str, words: list[str]) -> str:
    """Suggest the nearest known name: ``; the nearest is ...``, or an empty string."""
    close = get_close_matches(word, words, n=1)
    return f"; the nearest is {close[0]}" if close else ""


def _values(text: str) -> list[str]:
    """Split values at slashes; a value without a prefix has that of the value before it."""
    out: list[str] = []
    prefix = ""
    for piece in (each.strip() for each in text.split("/")):
        before, colon, _ = piece.partition(":")
        prefix = before + colon if colon else prefix
        out.append(piece if colon or not piece else prefix + piece)
    return out


def _value(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
