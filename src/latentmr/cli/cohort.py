"""A simulated cohort as the files that a user would bring, with its truth beside it."""

from pathlib import Path

import numpy as np
import pandas as pd
from bed_reader import to_bed

from latentmr.cli.output import write_json
from latentmr.simulate import Simulated
from latentmr.typing import Row

__all__ = ["genotype_option", "write_cohort", "write_truth"]


def genotype_option(cohort: Simulated) -> str:
    """Option and file name, in the folder of the cohort, by which its genotypes are read."""
    return "--instruments instruments.parquet" if cohort.dataset.kind == "continuous" else "--bfile cohort"


def write_cohort(folder: Path, cohort: Simulated) -> None:
    """Write genotypes and phenotypes.

    Allele counts become ``cohort.bed/.bim/.fam``, continuous instruments ``instruments.parquet``; ``phenotypes.tsv``
    has the id, ``site``, ``exposure`` and ``outcome``.

    Parameters
    ----------
    folder : Path
        An existing folder.
    cohort : Simulated
    """
    data, ids = cohort.dataset, _ids(cohort)
    if data.kind == "continuous":
        frame = pd.DataFrame(data.G, columns=data.variants["id"].to_numpy())
        frame.insert(0, "IID", ids)
        frame.to_parquet(folder / "instruments.parquet", index=False)
    else:
        properties = {"fid": ids, "iid": ids, "sid": data.variants["id"].to_numpy()} | _places(data.variants)
        to_bed(folder / "cohort.bed", data.G, properties=properties, count_A1=True)
    labels = np.array(data.env_names)[data.env]
    frame = pd.DataFrame({"IID": ids, "site": labels, "exposure": data.X[:, 0], "outcome": data.y})
    frame.to_csv(folder / "phenotypes.tsv", sep="\t", index=False, float_format="%.6f")


def write_truth(folder: Path, cohort: Simulated, facts: Row) -> None:
    """Write what is known: ``truth.json`` with the effect, and ``truth.parquet`` with everyone's latents.

    Parameters
    ----------
    folder : Path
    cohort : Simulated
    facts : dict
        How it was drawn.
    """
    truth = cohort.truth
    shape = {"d_z": truth.Z.shape[1], "d_v": truth.V.shape[1]}
    write_json(folder / "truth.json", facts | {"beta": truth.beta, "people": cohort.dataset.n} | shape)
    parts = {f"z{j + 1}": column for j, column in enumerate(truth.Z.T)}
    parts |= {f"v{j + 1}": column for j, column in enumerate(truth.V.T)}
    pd.DataFrame({"IID": _ids(cohort)} | parts).to_parquet(folder / "truth.parquet", index=False)


def _places(variants: pd.DataFrame) -> Row:
    """Chromosomes, positions and alleles; where nothing is known, variants lie far apart: they are unlinked."""
    p = len(variants)
    if (variants["pos"] == "NA").any():
        return {
            # a chromosome's variants follow each other, as other tools want them
            "chromosome": 1 + np.arange(p) * 22 // p,
            "bp_position": 1_000_000 * (1 + np.arange(p)),
            "allele_1": np.full(p, "A"),
            "allele_2": np.full(p, "G"),
        }
    return {
        "chromosome": variants["chrom"].to_numpy(dtype=str),
        "bp_position": variants["pos"].to_numpy(dtype=np.int64),
        "allele_1": variants["effect_allele"].to_numpy(dtype=str),
        "allele_2": variants["other_allele"].to_numpy(dtype=str),
    }


def _ids(cohort: Simulated) -> np.ndarray:
    return np.array([f"P{i + 1:06d}" for i in range(cohort.dataset.n)])
