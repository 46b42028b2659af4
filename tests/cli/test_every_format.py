"""``latentmr run`` on one cohort written as PLINK 1, PLINK 2, BGEN, VCF and VCF-Zarr files: the same estimates."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bed_reader import to_bed

pytestmark = pytest.mark.usefixtures("undrawn")

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[3] / "shared")) / "data"
QUICK = ["--learner", "linear", "--form", "factor", "--n-factors", "1", "--bootstrap", "10", "--permutations", "100"]
PEOPLE = [f"P{i:04d}" for i in range(600)]
NAMES = [f"rs{j}" for j in range(12)]


def write_bed(path: Path, G: np.ndarray) -> list[object]:
    properties = {"iid": PEOPLE, "sid": NAMES, "chromosome": ["1"] * 12, "bp_position": 1000 * np.arange(1, 13)}
    values = np.where(G < 0, np.nan, G)
    to_bed(path / "g.bed", values, properties=properties | {"allele_1": ["A"] * 12, "allele_2": ["G"] * 12})
    return ["--bfile", path / "g"]


def write_pgen(path: Path, G: np.ndarray) -> list[object]:
    pgenlib = pytest.importorskip("pgenlib", reason="no Pgenlib to write PLINK 2 files with")
    with pgenlib.PgenWriter(str(path / "g.pgen").encode(), 600, variant_ct=12, nonref_flags=False) as writer:
        for column in np.ascontiguousarray(np.where(G < 0, -9, G).T.astype(np.int8)):
            writer.append_biallelic(column)
    rows = "".join(f"1\t{1000 * (j + 1)}\t{name}\tG\tA\n" for j, name in enumerate(NAMES))
    (path / "g.pvar").write_text("#CHROM\tPOS\tID\tREF\tALT\n" + rows)
    (path / "g.psam").write_text("#IID\n" + "".join(f"{name}\n" for name in PEOPLE))
    return ["--pfile", path / "g"]


def write_bgen(path: Path, G: np.ndarray) -> list[object]:
    bgen = pytest.importorskip("bgen", reason="no bgen to write BGEN files with")
    with bgen.BgenWriter(str(path / "g.bgen"), 600, PEOPLE, compression="zstd") as writer:
        for j, g in enumerate(G.T):
            p = np.where(g[:, None] < 0, np.nan, np.eye(3)[np.maximum(g, 0)])
            writer.add_variant(NAMES[j], NAMES[j], "1", 1000 * (j + 1), ["G", "A"], p, bit_depth=8)
    return ["--bgen", path / "g.bgen"]


def write_vcf(path: Path, G: np.ndarray) -> list[object]:
    pytest.importorskip("cyvcf2", reason="no cyvcf2 to read VCF files with")
    lines = ["##fileformat=VCFv4.2", '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">', "##contig=<ID=1>"]
    lines.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *PEOPLE]))
    words = np.array(["0/0", "0/1", "1|1", "./."])
    for j, g in enumerate(G.T):
        lines.append("\t".join(["1", str(1000 * (j + 1)), NAMES[j], "G", "A", ".", ".", ".", "GT", *words[g]]))
    (path / "g.vcf").write_text("\n".join(lines) + "\n")
    return ["--vcf", path / "g.vcf"]


def write_zarr(path: Path, G: np.ndarray) -> list[object]:
    zarr = pytest.importorskip("zarr", reason="no zarr to write stores with")
    group = zarr.open_group(str(path / "g.vcz"), mode="w", zarr_format=2)
    calls = np.stack([np.where(G < 0, -1, G > 1), np.where(G < 0, -1, G > 0)], axis=2).transpose(1, 0, 2)
    texts = {"sample_id": PEOPLE, "contig_id": ["1"], "variant_id": NAMES, "variant_allele": [["G", "A"]] * 12}
    arrays = {name: np.array(words, dtype=np.dtypes.StringDType()) for name, words in texts.items()}
    arrays["variant_position"] = 1000 * np.arange(1, 13, dtype=np.int32)
    arrays |= {"variant_contig": np.zeros(12, dtype=np.int8), "call_genotype": calls.astype(np.int8)}
    for name, values in arrays.items():
        group.create_array(name, shape=values.shape, dtype=values.dtype)[...] = values
    return ["--zarr", path / "g.vcz"]


WRITERS: dict[str, Callable[[Path, np.ndarray], list[object]]] = {
    "bed": write_bed,
    "pgen": write_pgen,
    "bgen": write_bgen,
    "vcf": write_vcf,
    "zarr": write_zarr,
}
REAL = {
    "bed": ["--bfile", "kg3_chr22"],
    "pgen": ["--pfile", "kg3_chr22"],
    "bgen": ["--bgen", "kg3_chr22_zlib.bgen"],
    "bgen zstd": ["--bgen", "kg3_chr22_zstd.bgen"],
    "vcf": ["--vcf", "kg3_chr22.vcf.gz"],
    "zarr": ["--zarr", "kg3_chr22.vcz.zip"],
}


def write_traits(path: Path, people: list[str], G: np.ndarray, sites: np.ndarray) -> list[object]:
    rng = np.random.default_rng(2)
    u = rng.normal(size=len(G))
    x = np.maximum(G, 0).sum(axis=1) / 2 + u + rng.normal(size=len(G))
    frame = pd.DataFrame({"IID": people, "site": sites, "x": x, "y": 0.5 * x + u + rng.normal(size=len(G))})
    frame.to_csv(path / "traits.tsv", sep="\t", index=False)
    return ["--pheno", path / "traits.tsv", "--env", "site", "--exposure", "x", "--outcome", "y", *QUICK]


def assert_same_estimates(first: Path, second: Path) -> None:
    one, two = (pd.read_csv(folder / "estimates.tsv", sep="\t") for folder in (first, second))
    pd.testing.assert_frame_equal(one, two, rtol=1e-6, atol=1e-6)


def test_the_same_estimates_from_every_format(latentmr, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    G = rng.binomial(2, rng.uniform(0.2, 0.5, 12), (600, 12))
    G[rng.random(G.shape) < 0.01] = -1
    common = write_traits(tmp_path, PEOPLE, G, np.tile(["a", "b", "c"], 200))
    for name, write in WRITERS.items():
        assert latentmr("run", *write(tmp_path, G), *common, "--quiet", "--out", tmp_path / name) == 0
        assert_same_estimates(tmp_path / "bed", tmp_path / name)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no reference data in {SHARED}; set LATENTMR_SHARED")
def test_the_same_estimates_from_real_files(latentmr, tmp_path: Path) -> None:
    folder = SHARED / "formats" / "real_1kg_chr22"
    with np.load(folder / "kg3_chr22_truth.npz", allow_pickle=True) as truth:
        frequency = np.maximum(truth["alt_dosage"], 0).mean(axis=0) / 2
        some = np.argsort(np.abs(frequency - 0.5))[:12]
        places = zip(truth["pos"][some], truth["ref"][some], truth["alt"][some], strict=True)
        (tmp_path / "list").write_text("".join(f"chr22:{pos}:{ref}:{alt}\n" for pos, ref, alt in places))
        people = [str(name) for name in truth["iid"]]
        G = truth["alt_dosage"][:, some].astype(int)
    populations = pd.read_csv(SHARED / "kg3_subset" / "samples.tsv", sep="\t").set_index("iid")["super_population"]
    common = write_traits(tmp_path, people, G, populations.loc[people].to_numpy())
    for name, (option, file) in REAL.items():
        given = ["run", option, folder / file, "--extract", tmp_path / "list", *common, "--quiet"]
        assert latentmr(*given, "--out", tmp_path / name) == 0
        assert_same_estimates(tmp_path / "bed", tmp_path / name)
