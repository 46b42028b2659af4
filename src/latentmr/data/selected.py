"""Results of ``latentmr select`` in a folder: the variants, and the discovery sample that selected them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.cohort.id_lists import read_individuals
from latentmr.data.ledger import Ledger
from latentmr.data.plan import Plan
from latentmr.data.variant_list import read_variant_list
from latentmr.errors import ArgumentError

__all__ = ["ABOUT", "PEOPLE", "VARIANTS", "in_discovery", "selected_variants"]

#: Files in the folder: the method, the variants, and the discovery sample (absent after selection by a GWAS table).
ABOUT, VARIANTS, PEOPLE = "selection.json", "variants.txt", "people.txt"


def selected_variants(folder: str | Path) -> pd.Index:
    """Read the names of the selected variants.

    Parameters
    ----------
    folder : str or Path
        Folder written by ``latentmr select``.

    Returns
    -------
    pandas.Index

    Raises
    ------
    ValueError
        If it is not such a folder.
    """
    _about(folder)
    return read_variant_list(Path(folder) / VARIANTS, "selection")


def in_discovery(plan: Plan, samples: pd.Index, ledger: Ledger) -> NDArray[np.bool_]:
    """Return who is in the discovery sample: an estimate that used it again would be biased by the selection.

    Parameters
    ----------
    plan : Plan
    samples : pandas.Index
        Sample ids.
    ledger : Ledger
        Receives a note on how the instruments were selected.

    Returns
    -------
    np.ndarray of bool of dimension (n,)
    """
    if plan.selection is None:
        return np.zeros(len(samples), dtype=bool)
    about = _about(plan.selection)
    if about["by"] == "table":
        ledger.warnings.append(
            f"instruments were selected by {about['table']}: if it includes individuals of this cohort, or shares its"
            " confounding, the selection is biased towards the confounded association."
        )
        return np.zeros(len(samples), dtype=bool)
    ledger.notes.append(
        f"instruments were selected by association within environments in {about['n']:,} individuals, who are excluded"
        " from estimation."
    )
    listed = read_individuals(Path(plan.selection) / PEOPLE, "selection", samples, pairs=plan.id_pair)
    return np.asarray(samples.isin(listed.ids))


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
            "be a folder written by latentmr select",
            f"{folder}, without a readable {ABOUT}: {str(error).splitlines()[0]}",
            "check the path, or run latentmr select again",
        ) from error
