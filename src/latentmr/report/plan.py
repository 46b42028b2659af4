"""Sections of the page, and their plans: what a section shows from a report."""

from dataclasses import dataclass

from latentmr.report.drawing import Drawing
from latentmr.typing import Row

__all__ = ["Section", "SectionPlan"]


@dataclass(frozen=True)
class Section:
    """A section: a heading with text, figures and a table.

    Parameters
    ----------
    title, words : str
        Heading and text.
    drawings : tuple of Drawing
    rows : list of dict
    folded : bool
        Whether the table is collapsed at first.
    withheld : bool
        Whether the section holds effects that must not be quoted, and is collapsed at first.
    said : str
        Sentence about the rows that the table does not show.
    """

    title: str
    words: str
    drawings: tuple[Drawing, ...]
    rows: list[Row]
    folded: bool = False
    withheld: bool = False
    said: str = ""


@dataclass(frozen=True)
class SectionPlan:
    """The plan of a section.

    Parameters
    ----------
    key : str
        Key of its table in the report, if it has a table.
    title, words : str
        Heading and text.
    figures : tuple of str
        Names of drawings; ``scatter`` includes ``scatter-1`` and ``scatter-2``.
    folded, effects : bool
        Whether its table is collapsed at first, and whether it holds effects.
    """

    key: str
    title: str
    words: str
    figures: tuple[str, ...] = ()
    folded: bool = False
    effects: bool = False

    def drawn(self, drawings: dict[str, Drawing]) -> tuple[Drawing, ...]:
        """Return the drawings of this section."""
        return tuple(
            drawing for stem in self.figures for name, drawing in drawings.items() if name.split("-")[0] == stem
        )
