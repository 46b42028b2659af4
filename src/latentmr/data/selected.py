"""What ``latentmr select`` left in a folder: the variants, and the people by whom they were selected."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.ids import read_id_list
from latentmr.data.ledger import Ledger
from latentmr.data.plan import Plan
from latentmr.errors import ArgumentError

__all__ = ["ABOUT", "PEOPLE", "VARIANTS", "selected_variants", "spent_people"]

#: Files in the folder: how variants were selected, which, and by whom (absent where by a table of others' results).
ABOUT, VARIANTS, PEOPLE = "selection.json", "variants.txt", "people.txt"


def selected_variants(folder: str | Path) -> pd.Index:
    """Names of the selected variants.

    Parameters
    ----------
    folder : str or Path
        By ``latentmr select``.

    Returns
    -------
    pandas.Index

    Raises
    ------
    ValueError
        Where it is no such folder.
    """
    _about(folder)
    return read_id_list(Path(folder) / VARIANTS, "selection", people=False)


def spent_people(plan: Plan, samples: pd.Index, ledger: Ledger) -> NDArray[np.bool_]:
    """People by whom the instruments were selected: an estimate that used them again would be biased by the selection.

    Parameters
    ----------
    plan : Plan
    samples : pandas.Index
        Ids of the people.
    ledger : Ledger
        Takes a note on how the instruments were selected.

    Returns
    -------
    np.ndarray of bool of dimension (n,)
    """
    if plan.selection is None:
        return np.zeros(len(samples), dtype=bool)
    about = _about(plan.selection)
    if about["by"] == "table":
        ledger.warnings.append(
            f"instruments were selected by {about['table']}: if its people are among these, or confounded alike, the"
            " selection leans towards the confounded association."
        )
        return np.zeros(len(samples), dtype=bool)
    ledger.notes.append(
        f"instruments were selected by association within environments of {about['n']:,} people, who are not used again"
        " in estimation."
    )
    return np.asarray(samples.isin(read_id_list(Path(plan.selection) / PEOPLE, "selection", people=True)))


def _about(folder: str | Path) -> dict[str, Any]:
    path = Path(folder) / ABOUT
    try:
        about = json.loads(path.read_text("utf-8"))
        if about["by"] not in ("table", "people"):
            raise ValueError(f"by {about['by']!r}")
        return {"table": "", "n": 0} | about
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArgumentError(
            "selection",
            "be a folder by latentmr select",
            f"{folder}, without a {ABOUT} that can be read: {str(error).splitlines()[0]}",
        ) from error
