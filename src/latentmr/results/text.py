"""Short texts: clipped, counted and wrapped, for the printing of results."""

import re
import textwrap
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from latentmr.results.printing import ShortRepr

__all__ = [
    "CHARACTERS",
    "LINES",
    "WIDTH",
    "PrintsHtml",
    "PrintsShort",
    "Text",
    "clipped",
    "first_of",
    "listed",
    "plain_names",
]

#: Maximum number of lines and of characters that an object prints.
LINES, CHARACTERS = 60, 5000
#: Width to which :func:`listed` wraps.
WIDTH = 110


class Text(str):
    """A text that an interactive session shows as it reads, without quotation marks.

    Examples
    --------
    >>> Text("one line")
    one line
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class PrintsHtml:
    """A base for objects that a notebook shows by their ``repr`` in the font of its text, wrapped to its width."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return f'<div style="white-space: pre-wrap">{escape(repr(self))}</div>'


class PrintsShort(ShortRepr):
    """A base whose ``__repr__`` holds for its subclasses too.

    ``dataclass`` writes a ``__repr__`` that prints every field in full, unless the class already has one of its own.
    This base gives each subclass the one of its parent.
    """

    __slots__ = ()

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "__repr__" not in cls.__dict__:
            type.__setattr__(cls, "__repr__", cls.__repr__)


def clipped(text: str, most: int) -> str:
    """Cut a text that is longer than ``most`` characters, and put it on one line.

    Examples
    --------
    >>> clipped("a long name", 8)
    'a long …'
    """
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def first_of(items: Sequence[str], most: int, where: str = "") -> list[str]:
    """Return at most ``most`` lines, the last of which counts those that are left out.

    Examples
    --------
    >>> first_of(["a", "b", "c", "d"], 3, "to_frame()")
    ['a', 'b', '... and 2 more, in to_frame()']
    """
    if len(items) <= most:
        return list(items)
    kept = items[: max(0, most - 1)]
    return [*kept, f"... and {len(items) - len(kept)} more" + (f", in {where}" if where else "")]


def listed(items: Iterable[str], width: int = WIDTH) -> list[str]:
    """Return lines with a dash before each item, wrapped with a hanging indent.

    Examples
    --------
    >>> listed(["the instruments are weak", "use `starts`"], width=20)
    ['  - the instruments', '    are weak', '  - use starts']
    """
    out: list[str] = []
    for item in items:
        text = plain_names(" ".join(item.split()))
        out += textwrap.wrap(text, width, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False)
    return out


def plain_names(text: str) -> str:
    """Remove the backticks around names of arguments.

    Examples
    --------
    >>> plain_names("give more `steps`")
    'give more steps'
    """
    return re.sub(r"`([a-z][a-z0-9_]*)`", r"\1", text)
