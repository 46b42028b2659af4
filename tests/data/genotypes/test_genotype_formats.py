"""The same cohort in every genotype format is the same data set."""

import gzip
import os
import re
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from latentmr.data import (
    BgenSource,
    Dataset,
    GenotypeFiles,
    PgenSource,
    PlinkSource,
    Source,
    VcfSource,
    ZarrSource,
    read_genotypes,
)
from latentmr.data.genotypes import genotype_matrix, vcf_zarr
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.streaming import stream

bgen = pytest.importorskip("bgen", reason="no bgen to write BGEN files with")
pgenlib = pytest.importorskip("pgenlib", reason="no Pgenlib to write PLINK 2 files with")
zarr = pytest.importorskip("zarr", reason="no zarr to write stores with")
pytest.importorskip("cyvcf2", reason="no cyvcf2 to read VCF files with")

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[4] / "shared")) / "data" / "formats"
FORMATS = ("pfile", "bgen", "vcf", "vcf.gz", "zarr2", "zarr3", "zarr.zip")
#: Options that name what each of them writes.
OPTION = {"vcf.gz": "vcf", "zarr2": "zarr", "zarr3": "zarr", "zarr.zip": "zarr"}


def text_of(study: Any, *, field: str = "GT") -> str:
    lines = [
        "##fileformat=VCFv4.2",
        f'##FORMAT=<ID={field},Number=1,Type={"String" if field == "GT" else "Float"},Description="g">',
    ]
    lines += [f"##contig=<ID={chrom}>" for chrom in dict.fromkeys(study.variants["chrom"])]
    lines.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *study.people]))
    words = {0.0: "0/0", 1.0: "0|1", 2.0: "1/1"}
    for j, v in enumerate(study.variants.itertuples()):
        values = study.genotypes[:, j]
        calls = ["." if np.isnan(g) else f"{g:.4f}" if field == "DS" else words[g] for g in values]
        lines.append("\t".join([v.chrom, v.pos, v.id, v.other_allele, v.effect_allele, ".", ".", ".", field, *calls]))
    return "\n".join(lines) + "\n"


def write_pfile(study: Any) -> Path:
    G, v = study.genotypes, study.variants
    whole = bool((np.isnan(G) | (np.round(G) == G)).all())
    writer = pgenlib.PgenWriter(
        b"%s.pgen" % str(study.prefix).encode(),
        len(G),
        variant_ct=G.shape[1],
        nonref_flags=False,
        dosage_present=not whole,
    )
    for column in np.ascontiguousarray(np.where(np.isnan(G), -9, G).T):
        writer.append_biallelic(column.astype(np.int8)) if whole else writer.append_dosages(column.astype(np.float32))
    writer.close()
    rows = zip(v["chrom"], v["pos"], v["id"], v["other_allele"], v["effect_allele"], strict=True)
    lines = ["##source=test", "#CHROM\tPOS\tID\tREF\tALT\tINFO", *("\t".join([*row, "."]) for row in rows)]
    with pa.CompressedOutputStream(f"{study.prefix}.pvar.zst", "zstd") as stream:
        stream.write("".join(f"{line}\n" for line in lines).encode())
    Path(f"{study.prefix}.psam").write_text("#FID\tIID\tSEX\n" + "".join(f"F\t{i}\tNA\n" for i in study.people))
    return study.prefix


def write_bgen(study: Any, *, bits: int = 8, samples: bool = True, **options: Any) -> Path:
    path = study.folder / "geno.bgen"
    G = study.genotypes
    with bgen.BgenWriter(str(path), len(G), list(study.people) if samples else [], **options) as writer:
        for j, v in enumerate(study.variants.itertuples()):
            g = G[:, j]
            p = np.column_stack([np.clip(1 - g, 0, 1), 1 - np.abs(1 - g), np.clip(g - 1, 0, 1)])
            depth = {} if options.get("layout") == 1 else {"bit_depth": bits}
            writer.add_variant(f"snp{j}", v.id, v.chrom, int(v.pos), [v.other_allele, v.effect_allele], p, **depth)
    return path


def write_vcf(study: Any, suffix: str = "", field: str = "GT") -> Path:
    path = study.folder / f"geno.vcf{suffix}"
    content = text_of(study, field=field).encode()
    path.write_bytes(gzip.compress(content) if suffix else content)
    return path


def write_zarr(study: Any, version: int = 2, zipped: bool = False, dosages: bool = False) -> Path:
    path = study.folder / f"geno{version}.vcz{'.zip' if zipped else ''}"
    store = zarr.storage.ZipStore(path, mode="w") if zipped else str(path)
    group = zarr.open_group(store, mode="w", zarr_format=version)
    G, v = study.genotypes.T, study.variants
    contigs = list(dict.fromkeys(v["chrom"]))
    calls = np.stack([np.where(np.isnan(G), -1, G > 1), np.where(np.isnan(G), -1, G > 0)], axis=2).astype(np.int8)
    arrays: dict[str, Any] = {
        "variant_position": v["pos"].astype(np.int32).to_numpy(),
        "variant_contig": np.array([contigs.index(c) for c in v["chrom"]], dtype=np.int8),
        "call_DS" if dosages else "call_genotype": G.astype(np.float32) if dosages else calls,
    }
    for name, values in arrays.items():
        array = group.create_array(
            name,
            shape=values.shape,
            chunks=(4, *(50,) * (values.ndim > 1), *(2,) * (values.ndim > 2)),
            dtype=values.dtype,
        )
        array[...] = values
    texts = {
        "sample_id": np.array(study.people),
        "contig_id": np.array(contigs),
        "variant_id": v["id"].to_numpy(dtype=str),
        "variant_allele": np.array(list(zip(v["other_allele"], v["effect_allele"], strict=True))),
    }
    for name, words in texts.items():
        array = group.create_array(name, shape=words.shape, dtype=np.dtypes.StringDType())
        array[...] = words
    if zipped:
        store.close()
    return path


WRITERS: dict[str, Callable[[Any], Path]] = {
    "bfile": lambda study: study.write_bed(),
    "pfile": write_pfile,
    "bgen": write_bgen,
    "vcf": write_vcf,
    "vcf.gz": lambda study: write_vcf(study, ".gz"),
    "zarr2": write_zarr,
    "zarr3": lambda study: write_zarr(study, 3),
    "zarr.zip": lambda study: write_zarr(study, zipped=True),
}


def read_as(study: Any, name: str, **changes: Any) -> Dataset:
    files = GenotypeFiles(**{OPTION.get(name, name): WRITERS[name](study)})
    return read_genotypes(files, **study.plan(**changes))


def alike(data: Dataset) -> Dataset:
    """Without what names the files."""
    steps = tuple(replace(step, reason=re.sub("read from .*", "read", step.reason)) for step in data.flow.steps)
    warnings = tuple(warning.split(" are not in ")[0] for warning in data.flow.warnings)
    return replace(data, flow=replace(data.flow, steps=steps, notes=(), warnings=warnings))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_holds_the_same_cohort(study: Any, assert_same: Any, name: str) -> None:
    study.genotypes[[3, 7, 100], [0, 2, 9]] = np.nan
    study.variants.loc[4, "id"] = "."
    extract = study.write_lines("list", ["rs1", "rs2", "chr1:300:T:A", "1:400:A:AT", "rs8", "rs9", "rs77"])
    for changes in ({}, {"extract": extract}, {"keep": study.write_lines("keep", study.people[:110])}):
        assert_same(alike(read_as(study, name, **changes)), alike(study.read(**changes)))


@pytest.mark.parametrize("name", ["bfile", *FORMATS])
def test_people_and_variants_in_any_order(study: Any, name: str) -> None:
    study.genotypes[5, 3] = np.nan
    source = GenotypeFiles(**{OPTION.get(name, name): WRITERS[name](study)}).open()
    rows, columns = np.array([119, 5, 2]), np.array([9, 3, 0])
    expected = np.nan_to_num(study.genotypes, nan=-127)
    seen: list[tuple[int, int]] = []
    np.testing.assert_array_equal(
        source.read(rows, columns, lambda *n: seen.append(n))[0], expected[np.ix_(rows, columns)]
    )
    assert seen[-1] == (3, 3)
    everyone = np.arange(120)
    np.testing.assert_array_equal(source.read(everyone[::-1], columns)[0], expected[::-1, columns])
    assert (source.total, source.example, source.remarks.warnings) == (10, "rs0", ())


@pytest.mark.parametrize(("name", "step"), [("pfile", 1 / 16384), ("bgen", 1 / 255), ("vcf", 1e-4), ("zarr2", 1e-6)])
def test_dosages(study: Any, name: str, step: float) -> None:
    rng = np.random.default_rng(1)
    study.genotypes[:, 4:] = rng.uniform(0, 2, (120, 6))
    study.genotypes[8, 5] = np.nan
    write = {"vcf": lambda s: write_vcf(s, field="DS"), "zarr2": lambda s: write_zarr(s, dosages=True)}
    files = GenotypeFiles(**{OPTION.get(name, name): write.get(name, WRITERS[name])(study)})
    source = files.open()
    G, kind = source.read(np.arange(120), np.arange(10))
    assert (kind, G.dtype) == ("dosages", np.float32)
    np.testing.assert_allclose(G, study.genotypes, atol=1.01 * step)
    assert np.isnan(G[8, 5])
    hard, kind = source.read(np.arange(120), np.arange(4))
    assert (kind, hard.dtype) == ("counts", np.int8)
    np.testing.assert_array_equal(hard, study.genotypes[:, :4])
    data = read_genotypes(files, **study.plan())
    assert data.kind == "dosages"


@pytest.mark.parametrize(
    "options", [{"bits": 16}, {"compression": "zstd"}, {"compression": None}, {"layout": 1, "compression": "zlib"}]
)
def test_variants_of_bgen(study: Any, options: dict[str, Any]) -> None:
    study.genotypes[[1, 2], [0, 9]] = np.nan
    G, _ = BgenSource(write_bgen(study, **options)).read(np.arange(120), np.arange(10))
    np.testing.assert_array_equal(G, np.nan_to_num(study.genotypes, nan=-127))


def test_bgen_without_sample_ids(study: Any) -> None:
    path = write_bgen(study, samples=False)
    with pytest.raises(ValueError, match=f"sample must be given for {path}. Got a file without sample ids"):
        BgenSource(path)
    people = ["ID_1 ID_2 missing", "0 0 0", *(f"F {i} 0" for i in study.people)]
    sample = study.write_lines("geno.sample", people)
    assert BgenSource(path, sample=sample).samples.tolist() == study.people
    study.write_lines("geno.sample", people[:-1])
    with pytest.raises(ValueError, match=r"sample must list the 120 individuals of .* Got 119 in"):
        BgenSource(path, sample=sample)
    study.write_lines("geno.sample", study.people)
    with pytest.raises(ValueError, match="sample must have a line of names, a line of types"):
        BgenSource(path, sample=sample)


def test_an_index_of_bgen(study: Any) -> None:
    path = write_bgen(study)
    index = Path(f"{path}.bgi")  # by the writer
    aside = index.rename(study.folder / "aside")
    source = BgenSource(path)
    aside.rename(index)
    indexed = BgenSource(path, listed=Listed(["rs7", "1:300:T:A"]))
    assert indexed.variants["id"].tolist() == ["rs3", "rs7"]
    assert (indexed.total, source.total) == (10, 10)
    np.testing.assert_array_equal(indexed.read(np.arange(120), np.arange(2))[0], study.genotypes[:, [3, 7]])
    for change in ("position = 'here'", "number_of_alleles = 'two'", "file_start_position = x'00'"):
        sound = index.read_bytes()
        with sqlite3.connect(index) as base:
            base.execute(f"UPDATE Variant SET {change} WHERE rsid = 'rs3'")
        base.close()
        with pytest.raises(
            ValueError, match=f"{index} must be an index made by bgenix. Got the error 'a position, number of alleles"
        ):
            BgenSource(path)
        index.write_bytes(sound)
    with sqlite3.connect(index) as base:
        base.execute("UPDATE Metadata SET file_size = 5")
    base.close()
    with pytest.raises(ValueError, match=f"{index} must be the index of {path}. Got the index of another file"):
        BgenSource(path)
    index.write_text("no data base")
    with pytest.raises(
        ValueError, match=f"{index} must be an index made by bgenix. Got the error 'file is not a database'"
    ):
        BgenSource(path)


def test_haploid_partial_and_multiallelic_calls(study: Any) -> None:
    path = study.folder / "g.vcf"
    head = text_of(study).splitlines()[:4]
    people = "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", "a", "b", "c", "d"])
    rows = [
        "1\t5\trs\tA\tG\t.\t.\t.\tGT\t1\t./1\t0/1\t.",
        "1\t6\t.\tA\tG,T\t.\t.\t.\tGT\t1/2\t0/0\t0/1\t.",
        "1\t7\t.\tA\t.\t.\t.\t.\tGT\t0/0\t0/0\t0/0\t.",
    ]
    path.write_text("\n".join([*head, people, *rows]) + "\n")
    source = VcfSource(path)
    assert source.read(np.arange(4), np.array([0]))[0].tolist() == [[2], [-127], [1], [-127]]
    assert source.variants["id"].tolist() == ["rs", "1:6:A:G,T", "1:7:A:."]
    path.write_text("\n".join([*head, people, rows[0].replace("0/1", "0/1/1")]) + "\n")
    with pytest.raises(ValueError, match="Got 3 alleles of an individual at 1:5; two can be read; check the file"):
        VcfSource(path).read(np.arange(4), np.array([0]))


def test_variants_that_cannot_be_used_are_counted(study: Any, steps: Any) -> None:
    study.variants.loc[0, "chrom"], study.variants.loc[[1, 2], "chrom"] = "chrX", "29"
    content = text_of(study).replace("\trs5\tT\tC\t", "\trs5\tT\tC,A\t").replace("\trs5\tG\tA\t", "\trs5\tG\tA,T\t")
    path = study.folder / "geno.vcf"
    path.write_text(content)
    taken = steps(read_genotypes(GenotypeFiles(vcf=path), **study.plan()))
    assert taken["more than two alleles"] == (1, 9)
    assert taken["not on an autosome (autosomes 22)"] == (3, 6)
    taken = steps(read_genotypes(GenotypeFiles(vcf=path), **study.plan(autosomes=29)))
    assert taken["not on an autosome (autosomes 29)"] == (1, 8)
    with pytest.raises(ValueError, match="autosomes must be at least 1. Got 0"):
        study.read(autosomes=0)
    study.variants["chrom"] = "X"
    with pytest.raises(ValueError, match=r"bfile must hold variants with two alleles on autosomes. Got none in"):
        study.read()


@pytest.mark.parametrize("name", ["bfile", "pfile", "bgen", "vcf", "zarr2"])
def test_a_file_for_each_chromosome(study: Any, assert_same: Any, name: str) -> None:
    whole = alike(study.read())
    variants, genotypes, folder = study.variants, study.genotypes, study.folder
    for chrom in ("1", "2"):
        mine = (variants["chrom"] == chrom).to_numpy()
        study.variants, study.genotypes = variants[mine].reset_index(drop=True), genotypes[:, mine].copy()
        study.folder = folder / f"chr{chrom}"
        study.folder.mkdir()
        written = WRITERS[name](study)
    study.variants, study.genotypes, study.folder = variants, genotypes, folder
    path = str(written).replace("chr2", "chr{chr}")
    (folder / "chrX").symlink_to(folder / "chr2")
    note = f"{path.replace('{chr}', 'X')} was not read: it is not of an autosome."
    assert note in GenotypeFiles(**{OPTION.get(name, name): path}).open().remarks.notes
    data = read_genotypes(GenotypeFiles(**{OPTION.get(name, name): path}), **study.plan())
    assert_same(alike(data), whole)
    shuffled = np.random.default_rng(0).permutation(120)
    study.people, study.genotypes = [study.people[i] for i in shuffled], study.genotypes[shuffled]
    study.variants, study.folder = variants[5:].reset_index(drop=True), folder / "chr2"
    study.genotypes = study.genotypes[:, 5:].copy()
    WRITERS[name](study)
    study.folder = folder
    assert_same(alike(read_genotypes(GenotypeFiles(**{OPTION.get(name, name): path}), **study.plan())), whole)
    seen: list[tuple[int, int]] = []
    source = GenotypeFiles(**{OPTION.get(name, name): path}).open()
    source.read(np.arange(120), np.arange(10), lambda *n: seen.append(n))
    assert {(5, 10), (10, 10)} <= set(seen)
    study.people[0], study.folder = "stranger", folder / "chr2"
    WRITERS[name](study)
    with pytest.raises(ValueError, match=r"must hold the individuals of .* files of chromosomes are read as one"):
        GenotypeFiles(**{OPTION.get(name, name): path}).open()


def test_no_file_of_any_chromosome(study: Any) -> None:
    with pytest.raises(ValueError, match="must name a file for each chromosome. Got none, for instance no nowhere1"):
        GenotypeFiles(bgen="nowhere{chr}.bgen").open()


@pytest.mark.parametrize("option", ["bfile", "vcf", "zarr"])
def test_hail_matrix_tables_are_refused(study: Any, option: str) -> None:
    (study.folder / "table").mkdir()
    (study.folder / "table" / "metadata.json.gz").write_bytes(b"")
    for path in (study.folder / "table", "cohort.mt"):
        with pytest.raises(ValueError, match=rf"Got {path}, a Hail MatrixTable; export it with hl.export_plink"):
            GenotypeFiles(**{option: path}).open()


@pytest.mark.parametrize(
    ("option", "module", "what"),
    [
        ("pfile", "pgenlib", "reading PLINK 2 files needs pgenlib: pip install 'latentmr[pgen]'"),
        ("bgen", "bgen", "reading BGEN files needs bgen: pip install 'latentmr[bgen]'"),
        ("vcf", "cyvcf2", "reading VCF files needs cyvcf2: pip install 'latentmr[vcf]'"),
        ("zarr", "zarr", "reading VCF-Zarr stores needs zarr: pip install 'latentmr[zarr]'"),
    ],
)
def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, option: str, module: str, what: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=re.escape(what)):
        GenotypeFiles(**{option: "cohort"}).open()


def test_files_must_be_given() -> None:
    with pytest.raises(ValueError, match="genotypes must be given by one of bfile, pfile, bgen, vcf, zarr"):
        GenotypeFiles()
    with pytest.raises(ValueError, match="sample must be given once, or once for each bgen. Got 2 for 1 BGEN"):
        GenotypeFiles(bgen="a", sample=["b", "c"])
    with pytest.raises(ValueError, match="sample must come with bgen: other formats hold sample ids. Got it alone"):
        GenotypeFiles(bfile="a", sample="b")
    with pytest.raises(ValueError, match="vcf_field must come with vcf. Got DS alone; leave it out"):
        GenotypeFiles(bfile="a", vcf_field="DS")


@pytest.mark.parametrize("option", ["pfile", "bgen", "vcf", "zarr"])
def test_files_must_be_there(option: str) -> None:
    with pytest.raises(ValueError, match=rf"{option} must .* Got nowhere.* does not exist"):
        GenotypeFiles(**{option: "nowhere"}).open()


@pytest.mark.parametrize(("option", "suffix"), [("bfile", ".bed"), ("pfile", ".pgen"), ("bgen", ""), ("vcf", "")])
def test_folders_are_no_files(tmp_path: Path, option: str, suffix: str) -> None:
    (tmp_path / f"geno{suffix}").mkdir()
    with pytest.raises(ValueError, match=rf"{option} must .* Got .*geno.* is a folder"):
        GenotypeFiles(**{option: tmp_path / "geno"}).open()


def test_memory_is_honoured(study: Any) -> None:
    with pytest.raises(ValueError, match=r"memory must be enough for the genotypes. Got 1e-06 GB; 120 individuals"):
        study.read(memory=1e-6)
    with pytest.raises(ValueError, match="memory must be a number of gigabytes above 0. Got 0"):
        study.read(memory=0)
    assert study.read(memory=1e-5).n == 120
    study.genotypes[:, 4:] = 0.3
    files = GenotypeFiles(bgen=write_bgen(study))
    with pytest.raises(ValueError, match=r"Got 5e-06 GB; .* variants need 9.6e-06 GB as dosages. Give"):
        read_genotypes(files, **study.plan(memory=5e-6))


def damaged(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize("name", ["pfile", "bgen", "vcf", "vcf.gz", "zarr.zip"])
@pytest.mark.parametrize(
    "change",
    [lambda raw: b"", lambda raw: raw[: len(raw) // 2], lambda raw: b"PK\x01\x02" + raw[4:], lambda raw: b"no" * 50],
)
def test_damaged_files_are_refused(study: Any, name: str, change: Any) -> None:
    written = WRITERS[name](study)
    path = Path(f"{written}.pgen") if name == "pfile" else written
    damaged(path, change)
    with pytest.raises(ValueError, match=re.escape(str(written)) + r".* must .* Got"):
        read_genotypes(GenotypeFiles(**{OPTION.get(name, name): written}), **study.plan())


def test_dosages_that_are_none(study: Any) -> None:
    study.genotypes[3, 4] = 2.5
    path = write_vcf(study, field="DS")
    with pytest.raises(ValueError, match=f"{path} must have dosages between 0 and 2. Got 1 of 120 .* variant 'rs4'"):
        VcfSource(path).read(np.arange(120), np.arange(10))


def test_an_index_of_vcf_that_is_damaged(study: Any) -> None:
    path = write_vcf(study, ".gz")
    Path(f"{path}.tbi").write_bytes(b"no index")
    with pytest.raises(ValueError, match=f"{path} must .* Got"):
        VcfSource(path, listed=Listed(["1:0:G:A"]))


@pytest.mark.parametrize("name", ["bfile", *FORMATS])
def test_blocks_of_variants_in_order_and_again(monkeypatch: pytest.MonkeyPatch, study: Any, name: str) -> None:
    monkeypatch.setattr(genotype_matrix, "AT_ONCE", 3 * 120)
    monkeypatch.setattr(vcf_zarr, "ROWS", 4)
    study.genotypes[5, 3] = np.nan
    expected = np.nan_to_num(study.genotypes, nan=-127)
    source = GenotypeFiles(**{OPTION.get(name, name): WRITERS[name](study)}).open()
    for columns in ([0, 1, 2], [3, 5], [6, 9], [2, 1], [4], [*range(10)], [9]):
        np.testing.assert_array_equal(source.read(np.arange(120), np.array(columns))[0], expected[:, columns])


def test_blocks_of_a_vcf_take_one_pass(monkeypatch: pytest.MonkeyPatch, study: Any) -> None:
    source = VcfSource(write_vcf(study))
    scans: list[int] = []
    scan = source._scan
    monkeypatch.setattr(source, "_scan", lambda *samples: scans.append(0) or scan(*samples))
    for part, block in stream(source, np.arange(120), np.arange(10), size=3):
        np.testing.assert_array_equal(block, study.genotypes[:, part])
    assert len(scans) == 1


def test_a_long_read_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch, study: Any) -> None:
    monkeypatch.setattr(genotype_matrix, "AT_ONCE", 4 * 120)
    for name in ("bfile", "pfile"):
        seen: list[tuple[int, int]] = []
        source = GenotypeFiles(**{name: WRITERS[name](study)}).open()
        source.read(np.arange(120), np.arange(10), lambda *n, seen=seen: seen.append(n))
        assert list(dict.fromkeys(seen)) == [(4, 10), (8, 10), (10, 10)]


def test_fields_of_vcf(study: Any) -> None:
    path = write_vcf(study)
    assert VcfSource(path).remarks.notes == (f"{path}: hard calls (GT) were read",)
    with pytest.raises(ValueError, match=f"vcf_field must be declared in {path}. Got DS; the file has GT"):
        VcfSource(path, field="DS")
    with pytest.raises(ValueError, match="vcf_field must be one of auto, GT, DS, GP. Got 'PL'"):
        VcfSource(path, field="PL")


SOURCES: dict[str, Callable[[Path, Listed | None], Source]] = {
    "bed": lambda d, listed: PlinkSource(d / "kg3_chr22", listed=listed),
    "pgen": lambda d, listed: PgenSource(d / "kg3_chr22", listed=listed),
    "bgen zlib": lambda d, listed: BgenSource(d / "kg3_chr22_zlib.bgen", listed=listed),
    "bgen zstd": lambda d, listed: BgenSource(d / "kg3_chr22_zstd.bgen", listed=listed),
    "vcf": lambda d, listed: VcfSource(d / "kg3_chr22.vcf.gz", listed=listed),
    "zarr": lambda d, listed: ZarrSource(d / "kg3_chr22.vcz.zip", listed=listed),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", SOURCES)
def test_real_files_hold_one_truth(name: str) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no reference data in {SHARED}; set LATENTMR_SHARED")
    folder = SHARED / "real_1kg_chr22"
    with np.load(folder / "kg3_chr22_truth.npz", allow_pickle=True) as truth:
        calls = np.where(truth["alt_dosage"] < 0, -127, truth["alt_dosage"])
        source = SOURCES[name](folder, None)
        G, kind = source.read(np.arange(1126), np.arange(247))
        assert kind == "counts"
        np.testing.assert_array_equal(G, calls)
        columns = {"id": "sid", "effect_allele": "alt", "other_allele": "ref"}
        assert source.samples.tolist() == truth["iid"].tolist()
        assert all(source.variants[ours].tolist() == truth[theirs].tolist() for ours, theirs in columns.items())
        assert source.variants["pos"].astype(int).tolist() == truth["pos"].tolist()
        chosen = [3, 99, 246]
        names = [f"chr22:{truth['pos'][j]}:{truth['alt'][j]}:{truth['ref'][j]}" for j in chosen]
        some = SOURCES[name](folder, Listed(names[::-1]))  # the order of the file, whatever that of the list
        assert (some.total, len(some.variants)) == (247, 3)
        np.testing.assert_array_equal(some.read(np.arange(1126), np.arange(3))[0], calls[:, chosen])


@pytest.mark.shared
def test_files_of_other_software() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no reference data in {SHARED}; set LATENTMR_SHARED")
    folder = SHARED / "third_party"
    fine, coarse = (
        BgenSource(folder / "gavinband_example_16bits_zlib.bgen"),
        BgenSource(folder / "gavinband_example.8bits.bgen"),
    )
    people, every = np.arange(500), np.arange(199)
    G, H = fine.read(people, every)[0], coarse.read(people, every)[0]
    np.testing.assert_array_equal(np.isnan(G), np.isnan(H))
    np.testing.assert_allclose(G, H, atol=0.01)
    assert fine.samples[0] == "sample_001"
    sample = BgenSource(folder / "gavinband_example.8bits.bgen", sample=folder / "gavinband_example.sample").samples
    assert sample.equals(fine.samples)
    assert BgenSource(folder / "pysnptools_bits1.bgen").read(people, np.array([0]))[1] == "counts"
    with pytest.raises(ValueError, match="sample must be given for"):
        BgenSource(folder / "sgkit_example-no-samples.bgen")
    pgen, vcf = (
        PgenSource(folder / "plink-ng_chr21_phase3_start"),
        VcfSource(folder / "plink-ng_1kg_phase3_chr21_start.vcf.gz"),
    )
    two = ~pgen.variants["effect_allele"].str.contains(",").to_numpy()
    assert 0 < (~two).sum() < 20
    both = sorted(set(pgen.variants["id"][two]) & set(vcf.variants["id"]))
    assert len(both) > 100
    at = [np.array([source.variants["id"].tolist().index(name) for name in both]) for source in (pgen, vcf)]
    assert pgen.samples.equals(vcf.samples)
    np.testing.assert_array_equal(pgen.read(np.arange(2504), at[0])[0], vcf.read(np.arange(2504), at[1])[0])
    bed, text = (
        PlinkSource(folder / "sgkit_plink_sim_10s_100v_10pmiss"),
        VcfSource(folder / "bio2zarr_plink_sim_10s_100v_10pmiss.vcf"),
    )
    G, H = bed.read(np.arange(10), np.arange(100))[0], text.read(np.arange(10), np.arange(100))[0]
    swapped = bed.variants["effect_allele"].to_numpy() != text.variants["effect_allele"].to_numpy()
    np.testing.assert_array_equal(np.where((G >= 0) & swapped, 2 - G, G), H)
    for name in ("cyvcf2_test.vcf.gz", "hail_sample.vcf.gz"):
        source = VcfSource(folder / name)
        two = np.flatnonzero(~source.variants["effect_allele"].str.contains(","))
        G, _ = source.read(np.arange(len(source.samples)), two)
        assert set(np.unique(G)) <= {-127, 0, 1, 2}
