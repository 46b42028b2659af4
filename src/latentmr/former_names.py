"""Former names and places of public objects. They still work, with a warning that states the new place."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any
from warnings import warn

__all__ = ["FormerDict", "moved", "moved_room"]


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
