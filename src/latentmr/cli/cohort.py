"""Files of a simulated cohort: the files that a user would have, and its truth."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bed_reader import to_bed
from numpy.typing import NDArray

from latentmr.cli.output import write_json
from latentmr.simulate import Simulated
from latentmr.typing import Row

__all__ = ["genotype_option", "write_cohort", "write_truth"]


def genotype_option(cohort: Simulated) -> str:
    """Return the option and the file name, in the folder of the cohort, by which its genotypes are read."""
    return "--instruments instruments.parquet" if cohort.dataset.kind == "continuous" else "--bfile cohort"


def write_cohort(folder: Path, cohort: Simulated) -> None:
    """Write the genotypes and phenotypes of a simulated cohort.

    Allele counts are written to ``cohort.bed/.bim/.fam``, and continuous instruments to ``instruments.parquet``. If the
    cohort has other genome-wide variants, the fileset also holds these, and ``hits.txt`` lists the instruments. The
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
        G, variants = _with_genome(cohort)
        properties = {"fid": ids, "iid": ids, "sid": variants["id"].to_numpy()} | _places(variants)
        to_bed(folder / "cohort.bed", G, properties=properties, count_A1=True)
        if cohort.genome is not None:
            (folder / "hits.txt").write_text("".join(f"{name}\n" for name in data.variants["id"]), encoding="utf-8")
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


def _with_genome(cohort: Simulated) -> tuple[NDArray[Any], pd.DataFrame]:
    """Return the genotypes of instruments and other variants, by chromosome and position, and their table."""
    data, genome = cohort.dataset, cohort.genome
    if genome is None:
        return data.G, data.variants
    variants = pd.concat([data.variants, genome.variants], ignore_index=True)
    number, place = (pd.to_numeric(variants[name], errors="coerce").to_numpy() for name in ("chrom", "pos"))
    # chromosomes by number, those with other names last; variants without positions stay in their order
    order = np.lexsort([place, pd.factorize(variants["chrom"], sort=True)[0], number])
    return np.hstack([data.G, genome.G])[:, order], variants.iloc[order].reset_index(drop=True)


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
