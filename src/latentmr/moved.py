"""Names and items that have moved: they still work, with a warning that names the new place."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any
from warnings import warn

__all__ = ["FormerDict", "moved", "moved_room"]


def moved(room: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a room some of whose names have moved.

    Parameters
    ----------
    room : str
        Its own name.
    places : mapping of str to str
        The room that each name is in now.

    Returns
    -------
    callable
        It warns of what has moved (DeprecationWarning) and raises AttributeError for what is unknown.
    """

    def get(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        warn(f"{room}.{name} is now {places[name]}.{name}", DeprecationWarning, stacklevel=2)
        return getattr(import_module(places[name]), name)

    return get


def moved_room(room: str, place: str) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a room all of whose names have moved to another one.

    Parameters
    ----------
    room : str
        Its own name.
    place : str
        The room that its names are in now.

    Returns
    -------
    callable
        As of :func:`moved`.
    """

    def get(name: str) -> Any:
        found = import_module(place)
        if name.startswith("_") or name not in found.__all__:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        warn(f"{room}.{name} is now {place}.{name}", DeprecationWarning, stacklevel=2)
        return getattr(found, name)

    return get


class FormerDict:
    """A dataclass that was a dict: its items are found still, with a warning that names the attribute.

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
        warn(f"{kind} is no dict any more: take the attribute {name}", DeprecationWarning, stacklevel=2)
        return getattr(self, name)
