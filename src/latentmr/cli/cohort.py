"""Files of a simulated cohort: the files that a user would have, and its truth."""

from pathlib import Path

import numpy as np
import pandas as pd
from bed_reader import to_bed

from latentmr.cli.output import write_json
from latentmr.simulate import Simulated
from latentmr.typing import Row

__all__ = ["genotype_option", "write_cohort", "write_truth"]


def genotype_option(cohort: Simulated) -> str:
    """Return the option and the file name, in the folder of the cohort, by which its genotypes are read."""
    return "--instruments instruments.parquet" if cohort.dataset.kind == "continuous" else "--bfile cohort"


def write_cohort(folder: Path, cohort: Simulated) -> None:
    """Write the genotypes and phenotypes of a simulated cohort.

    Allele counts are written to ``cohort.bed/.bim/.fam``, and continuous instruments to ``instruments.parquet``. The
    columns of ``phenotypes.tsv`` are the id, ``site``, ``exposure`` and ``outcome``.

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
    """Write the truth: the effect in ``truth.json``, and the latents of all individuals in ``truth.parquet``.

    Parameters
    ----------
    folder : Path
    cohort : Simulated
    facts : dict
        How the cohort was simulated.
    """
    truth = cohort.truth
    shape = {"d_z": truth.Z.shape[1], "d_v": truth.V.shape[1]}
    write_json(folder / "truth.json", facts | {"beta": truth.beta, "people": cohort.dataset.n} | shape)
    parts = {f"z{j + 1}": column for j, column in enumerate(truth.Z.T)}
    parts |= {f"v{j + 1}": column for j, column in enumerate(truth.V.T)}
    pd.DataFrame({"IID": _ids(cohort)} | parts).to_parquet(folder / "truth.parquet", index=False)


def _places(variants: pd.DataFrame) -> Row:
    """Return chromosomes, positions and alleles; unknown positions are far apart, as in linkage equilibrium."""
    p = len(variants)
    if (variants["pos"] == "NA").any():
        return {
            # the variants of a chromosome are adjacent, as other tools require
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
