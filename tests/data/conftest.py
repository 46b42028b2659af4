from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bed_reader import to_bed

from latentmr.data import Dataset, read_instruments, read_plink


@dataclass
class Study:
    """Simulated data of 120 individuals at three sites, written to files when read."""

    folder: Path
    genotypes: np.ndarray
    people: list[str]
    variants: pd.DataFrame
    table: pd.DataFrame

    @property
    def prefix(self) -> Path:
        return self.folder / "geno"

    def write_bed(self) -> Path:
        v = self.variants
        to_bed(
            f"{self.prefix}.bed",
            self.genotypes,
            properties={
                "fid": [f"F{i}" for i in range(len(self.people))],
                "iid": self.people,
                "sid": v["id"].tolist(),
                "chromosome": v["chrom"].tolist(),
                "bp_position": v["pos"].astype(int).tolist(),
                "allele_1": v["effect_allele"].tolist(),
                "allele_2": v["other_allele"].tolist(),
            },
        )
        return self.prefix

    def write_table(self, frame: pd.DataFrame | None = None, name: str = "pheno.tsv") -> Path:
        path = self.folder / name
        frame = self.table if frame is None else frame
        frame.to_csv(path, sep="," if ".csv" in name else "\t", index=False, na_rep="NA")
        return path

    def write_lines(self, name: str, lines: list[str]) -> Path:
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    def plan(self, **changes: Any) -> dict[str, Any]:
        plan = {"env": "site", "exposure": "x", "outcome": "y"} | changes
        return plan if "pheno" in plan else {"pheno": self.write_table()} | plan

    def read(self, **changes: Any) -> Dataset:
        return read_plink(self.write_bed(), **self.plan(**changes))

    def read_table(self, instruments: pd.DataFrame, **changes: Any) -> Dataset:
        return read_instruments(self.write_table(instruments, "instruments.tsv"), **self.plan(**changes))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    rng = np.random.default_rng(5)
    n, p = 120, 10
    people = [f"{i:03d}" for i in range(n)]
    variants = pd.DataFrame(
        {
            "id": [f"rs{j}" for j in range(p)],
            "chrom": ["1"] * 5 + ["2"] * 5,
            "pos": [str(100 * j) for j in range(p)],
            "effect_allele": ["A", "C", "G", "T", "AT"] * 2,
            "other_allele": ["G", "T", "C", "A", "A"] * 2,
        }
    )
    table = pd.DataFrame(
        {
            "IID": people,
            "site": np.repeat(["a", "b", "c"], 40),
            "x": rng.normal(size=n).round(3),
            "y": rng.normal(size=n).round(3),
            "age": rng.integers(40, 70, n),
            "sex": np.tile(["M", "F", "F"], 40),
            "pc1": rng.normal(size=n).round(3),
            "family": np.repeat([f"{i:02d}" for i in range(60)], 2),
        }
    )
    return Study(tmp_path, rng.binomial(2, 0.35, (n, p)).astype(float), people, variants, table)


@pytest.fixture
def steps() -> Callable[[Dataset], dict[str, tuple[int, int]]]:
    def check(data: Dataset) -> dict[str, tuple[int, int]]:
        """Return (removed, remaining) by reason, once every step follows from the one before it."""
        left: dict[str, int] = {}
        for step in data.flow.steps:
            if step.stage == "read" and step.unit not in left:
                assert step.removed == 0
            elif step.stage in ("learning", "estimation"):
                chain = f"{step.unit} {step.stage}"
                assert step.remaining == left.get(chain, left[step.unit]) - step.removed
                left[chain] = step.remaining
                continue
            else:
                assert step.remaining == left[step.unit] - step.removed
            left[step.unit] = step.remaining
        assert left["samples"] == data.n
        assert left["variants"] == data.p
        assert left.get("samples learning", data.n) == data.in_learning.sum()
        assert left.get("samples estimation", 0) == data.in_estimation.sum()
        return {step.reason: (step.removed, step.remaining) for step in data.flow.steps}

    return check


@pytest.fixture
def assert_same() -> Callable[[Dataset, Dataset], None]:
    def check(a: Dataset, b: Dataset) -> None:
        for name in ("G", "X", "y", "C", "A", "N", "env", "cluster", "samples", "fill", "in_learning", "in_estimation"):
            left, right = getattr(a, name), getattr(b, name)
            assert left.dtype == right.dtype, name
            np.testing.assert_array_equal(left, right, err_msg=name)
        pd.testing.assert_frame_equal(a.variants, b.variants)
        names = ("env_names", "exposure_names", "outcome_name", "covariate_names", "aux_names", "cluster_names")
        for name in (*names, "negative_control_names"):
            assert getattr(a, name) == getattr(b, name)
        assert (a.kind, a.outcome_type) == (b.kind, b.outcome_type)
        assert a.flow.steps == b.flow.steps
        assert a.flow.warnings == b.flow.warnings

    return check
