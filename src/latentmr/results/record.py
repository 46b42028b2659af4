"""Typed records that JSON holds: what they do not know of another release is kept."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import ClassVar, Self
from warnings import warn

from latentmr.errors import ArgumentError

__all__ = ["Record"]


@dataclass(frozen=True, kw_only=True)
class Record:
    """Fields by name; what a saved model of another release has beside them is kept in ``more``."""

    #: Types of the fields that hold records, or several of them.
    nested: ClassVar[Mapping[str, type["Record"]]] = {}
    #: Fields that are not written where they have their default; None: all.
    may_lack: ClassVar[frozenset[str] | None] = frozenset()

    more: Mapping[str, object] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Make what JSON can hold."""
        out: dict[str, object] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            lacking = (self.may_lack is None or one.name in self.may_lack) and value == one.default
            if one.name != "more" and not lacking:
                out[one.name] = _plain(value)
        return out | dict(self.more)

    @classmethod
    def from_dict(cls, found: Mapping[str, object]) -> Self:
        """Read what :meth:`to_dict` made.

        Raises
        ------
        ValueError
            Where it lacks what every such record has.
        """
        names = {one.name for one in fields(cls) if one.default is MISSING and one.name != "more"}
        if not isinstance(found, Mapping) or names - set(found):
            raise ArgumentError(f"{cls.__name__}", f"have {', '.join(sorted(names))}", f"{found!r}")
        known = {one.name for one in fields(cls)} - {"more"}
        values = {name: _read(cls.nested.get(name), value) for name, value in found.items() if name in known}
        return cls(**values, more={name: value for name, value in found.items() if name not in known})

    # these were dicts; that way of reading them goes on for a while

    def __getitem__(self, name: str) -> object:
        return self._as_dict()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._as_dict()

    def __iter__(self) -> Iterator[str]:
        return iter(self._as_dict())

    def get(self, name: str, default: object = None) -> object:
        """Read an entry by its name; deprecated: read the attribute."""
        return self._as_dict().get(name, default)

    def _as_dict(self) -> dict[str, object]:
        message = "what a representation keeps of its learning has attributes now: history.form for history['form']"
        warn(message, DeprecationWarning, stacklevel=3)
        return self.to_dict()


def _plain(value: object) -> object:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return dict(value) if isinstance(value, Mapping) else value


def _read(kind: type[Record] | None, value: object) -> object:
    if isinstance(value, list | tuple):
        return tuple(_read(kind, each) for each in value)
    return value if kind is None or value is None else kind.from_dict(value)  # type: ignore[arg-type]
