"""Typed records for JSON, which keep the fields that another release has written."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import ClassVar, Self
from warnings import warn

from latentmr.errors import ArgumentError

__all__ = ["Record"]


@dataclass(frozen=True, kw_only=True)
class Record:
    """Fields by name. ``more`` keeps the further fields of a model that another release saved."""

    #: Types of the fields that hold one record or several.
    nested: ClassVar[Mapping[str, type["Record"]]] = {}
    #: Fields that are not written if they have their default; None: all.
    may_lack: ClassVar[frozenset[str] | None] = frozenset()

    more: Mapping[str, object] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Return the record as plain values for JSON."""
        out: dict[str, object] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            lacking = (self.may_lack is None or one.name in self.may_lack) and value == one.default
            if one.name != "more" and not lacking:
                out[one.name] = _plain(value)
        return out | dict(self.more)

    @classmethod
    def from_dict(cls, found: Mapping[str, object]) -> Self:
        """Build a record from the values of :meth:`to_dict`.

        Raises
        ------
        ValueError
            If a field without a default is missing.
        """
        names = {one.name for one in fields(cls) if one.default is MISSING and one.name != "more"}
        if not isinstance(found, Mapping) or names - set(found):
            got = ", ".join(map(str, list(found)[:10])) if isinstance(found, Mapping) else type(found).__name__
            remedy = "The file may be damaged, or of another kind: write it again with this version"
            raise ArgumentError(f"{cls.__name__}", f"have {', '.join(sorted(names))}", got or "none", remedy)
        known = {one.name for one in fields(cls)} - {"more"}
        values = {name: _read(cls.nested.get(name), value) for name, value in found.items() if name in known}
        return cls(**values, more={name: value for name, value in found.items() if name not in known})

    # records were dicts in earlier releases; reading them as dicts still works, with a warning

    def __getitem__(self, name: str) -> object:
        return self._as_dict()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._as_dict()

    def __iter__(self) -> Iterator[str]:
        return iter(self._as_dict())

    def get(self, name: str, default: object = None) -> object:
        """Return an entry by its name. Deprecated: read the attribute instead."""
        return self._as_dict().get(name, default)

    def _as_dict(self) -> dict[str, object]:
        message = "the history of a representation has attributes now: read history.form in place of history['form']"
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
