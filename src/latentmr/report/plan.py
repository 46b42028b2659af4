"""What a section of the page holds, and what it takes from a report."""

from dataclasses import dataclass

from latentmr.report.drawing import Drawing
from latentmr.typing import Row

__all__ = ["Section", "SectionPlan"]


@dataclass(frozen=True)
class Section:
    """A heading with words, figures and a table.

    Parameters
    ----------
    title, words : str
    drawings : tuple of Drawing
    rows : list of dict
    folded : bool
        Whether the table is closed at first.
    withheld : bool
        Whether all of it holds effects that must not be quoted, and is closed at first.
    said : str
        Of the rows that the table does not have.
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
    """What a section takes from a report.

    Parameters
    ----------
    key : str
        Of its table in the report, where it has one.
    title, words : str
        What the page says.
    figures : tuple of str
        Names of drawings; ``scatter`` stands for ``scatter-1``, ``scatter-2`` too.
    folded, effects : bool
        Whether its table is closed at first, and whether it holds effects.
    """

    key: str
    title: str
    words: str
    figures: tuple[str, ...] = ()
    folded: bool = False
    effects: bool = False

    def drawn(self, drawings: dict[str, Drawing]) -> tuple[Drawing, ...]:
        """Its drawings among those that there are."""
        return tuple(
            drawing for stem in self.figures for name, drawing in drawings.items() if name.split("-")[0] == stem
        )
