"""Typed records for JSON, which keep the fields that another release has written."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from textwrap import indent
from typing import ClassVar, Self
from warnings import warn

from latentmr.errors import ArgumentError

__all__ = ["Record", "shorten"]

#: Maximum length of a text, and maximum number of values, that a printed record shows in full.
TEXT, VALUES = 200, 6
#: Maximum length of a record that is printed on one line.
WIDTH = 100


@dataclass(frozen=True, kw_only=True)
class Record:
    """Fields by name. ``more`` keeps the further fields of a model that another release saved."""

    #: Types of the fields that hold one record or several.
    nested: ClassVar[Mapping[str, type["Record"]]] = {}
    #: Fields that are not written if they have their default; None: all.
    may_lack: ClassVar[frozenset[str] | None] = frozenset()

    more: Mapping[str, object] = field(default_factory=dict)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__repr__ = Record.__repr__  # type: ignore[method-assign]  # so that dataclass writes none of its own

    def __repr__(self) -> str:
        values = [(one, getattr(self, one.name)) for one in fields(self)]
        parts = [f"{one.name}={shorten(value)}" for one, value in values if value not in (one.default, {})]
        line = f"{type(self).__name__}({', '.join(parts)})"
        if len(line) <= WIDTH:
            return line
        inner = indent(",\n".join(parts), "    ")
        return f"{type(self).__name__}(\n{inner},\n)"

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


def shorten(value: object) -> str:
    """Return a short description of a value, with the number of entries in place of long sequences.

    Examples
    --------
    >>> shorten((0.25, 0.5)), shorten(tuple(range(400))), shorten(1 / 3)
    ('(0.25, 0.5)', '(400 values)', '0.333333')
    """
    if isinstance(value, float):
        return format(value, ".6g")
    if isinstance(value, str):
        return repr(value if len(value) <= TEXT else f"{value[: TEXT - 3]}...")
    if isinstance(value, tuple | list):
        if any(isinstance(each, Record | Mapping) for each in value):
            kind = type(value[0]).__name__ if isinstance(value[0], Record) else "entries" if len(value) > 1 else "entry"
            return f"({len(value)} {kind})"
        return f"({len(value)} values)" if len(value) > VALUES else f"({', '.join(shorten(each) for each in value)})"
    if isinstance(value, Mapping):
        entries = [f"{name}: {shorten(each)}" for name, each in value.items()]
        return f"{{{', '.join(entries)}}}" if len(entries) <= VALUES else f"{{{len(entries)} entries}}"
    return repr(value)


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
