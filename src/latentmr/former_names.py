"""Former names and places of public objects. They still work, with a warning that states the new place."""

from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from typing import Any, ParamSpec, TypeVar
from warnings import warn

__all__ = ["FormerDict", "former_arguments", "moved", "moved_room"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def moved(room: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package from which some names have moved.

    Parameters
    ----------
    room : str
        Name of the package.
    places : mapping of str to str
        The package that now holds each name.

    Returns
    -------
    callable
        A function that warns about names that have moved (DeprecationWarning) and raises AttributeError for
        unknown names.
    """

    def get(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        warn(f"{room}.{name} is now {places[name]}.{name}", DeprecationWarning, stacklevel=2)
        return getattr(import_module(places[name]), name)

    return get


def moved_room(room: str, place: str) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package from which all names have moved to another package.

    Parameters
    ----------
    room : str
        Name of the package.
    place : str
        The package that now holds its names.

    Returns
    -------
    callable
        A function like that of :func:`moved`.
    """

    def get(name: str) -> Any:
        found = import_module(place)
        if name.startswith("_") or name not in found.__all__:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        warn(f"{room}.{name} is now {place}.{name}", DeprecationWarning, stacklevel=2)
        return getattr(found, name)

    return get


def former_arguments(**names: str) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Let a function take arguments by their former names, with a DeprecationWarning.

    Parameters
    ----------
    **names : str
        The present name of each former name.

    Returns
    -------
    callable
        A decorator, which keeps the signature of the function.

    Examples
    --------
    >>> @former_arguments(people="sample")
    ... def size(sample):
    ...     return len(sample)
    >>> size([1, 2])
    2
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @wraps(function)
        def call(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
            for former, name in names.items():
                if former in options:
                    warn(f"the argument {former} is now {name}", DeprecationWarning, stacklevel=2)
                    options[name] = options.pop(former)
            return function(*args, **options)

        return call

    return decorate


class FormerDict:
    """A base for dataclasses that were dicts. Items still work, with a warning that states the attribute.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Row(FormerDict):
    ...     k: int
    >>> Row(3).k
    3
    """

    def __getitem__(self, name: str) -> Any:
        if name not in getattr(self, "__dataclass_fields__", {}):
            raise KeyError(name)
        kind = type(self).__name__
        warn(f"{kind} is no longer a dict: read the attribute {name}", DeprecationWarning, stacklevel=2)
        return getattr(self, name)
