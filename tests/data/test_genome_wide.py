from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.data.genotypes.test_genotype_formats import OPTION, WRITERS

from latentmr.data import GenotypeFiles, read_genotypes, read_instruments, read_plink
from latentmr.data.genome.long_range_ld import REGIONS, in_long_range
from latentmr.data.genotypes.held import Held
from latentmr.data.genotypes.listing import Listed
from latentmr.data.ledger import Ledger
from latentmr.data.other_variants import other_variants
from latentmr.data.plan import Plan
from latentmr.learn import LinearLearner, Representation

HITS = [f"rs{j}" for j in range(0, 400, 20)]


@pytest.fixture
def genome(study):
    """The study with 400 variants, 2 Mb apart on two chromosomes, of three populations; 20 are instruments."""
    rng = np.random.default_rng(1)
    p, population = 400, np.arange(120) % 3
    frequencies = np.clip(rng.uniform(0.2, 0.8, p) + 0.15 * rng.normal(size=(3, p)), 0.05, 0.95)
    study.genotypes = rng.binomial(2, frequencies[population]).astype(float)
    table = {"id": [f"rs{j}" for j in range(p)], "chrom": ["21"] * 200 + ["22"] * 200}
    table["pos"] = [str(2_000_000 * (1 + j % 200)) for j in range(p)]
    study.variants = pd.DataFrame(table | {"effect_allele": "A", "other_allele": "G"})
    study.population = population
    return study


def shorten(study, kept):
    study.variants = study.variants.iloc[kept].reset_index(drop=True)
    study.genotypes = np.ascontiguousarray(study.genotypes[:, kept])


def listed(study):
    return study.write_lines("hits", HITS)


def test_the_rest_of_the_genome_adjusts_the_learner(genome, steps):
    data = genome.read(extract=listed(genome))
    assert data.aux_names == ("PC1", "PC2", "group2")
    assert data.p == 20
    members = np.eye(3)[genome.population]
    explained = data.A[:, :2].T @ (members - members.mean(axis=0)) / 120
    np.testing.assert_allclose((explained**2).sum(), 2 / 3, rtol=0.05)
    np.testing.assert_allclose(data.A[:, :2].var(axis=0), 1.0)
    assert data.structure is not None
    assert data.structure.components.scores.shape == (0, 2)
    reasons = steps(data)
    assert reasons["instrument"] == (20, 380)
    assert reasons["within 1 Mb of an instrument (pc_window)"] == (0, 380)
    (note,) = (note for note in data.flow.notes if "genome-wide" in note)
    assert note.startswith(
        "2 genome-wide principal components of 380 other variants and 2 ancestry groups in their space adjust the"
        " learner. The number of components was chosen by the Tracy"
    )
    assert any("Fewer than 1,000 other variants" in note for note in data.flow.notes)


def test_without_components_nothing_changes(genome, assert_same):
    """Instruments are the same, and so is all else but the auxiliary features."""
    extract = listed(genome)
    without, with_them = genome.read(extract=extract, pcs=0), genome.read(extract=extract)
    assert without.aux_names == ()
    assert without.structure is None
    assert not any(step.unit == "other variants" for step in without.flow.steps)
    assert_same(replace(with_them, A=without.A, aux_names=(), structure=None, flow=without.flow), without)


def test_a_number_is_added_to_other_features(genome):
    extract = listed(genome)
    data = genome.read(extract=extract, aux="pc1")
    assert data.aux_names == ("pc1",)
    assert any("auxiliary features (aux) are given" in note for note in data.flow.notes)
    data = genome.read(extract=extract, aux="pc1", pcs=3)
    assert data.aux_names == ("pc1", "PC1", "PC2", "PC3", "group2")
    np.testing.assert_array_equal(data.A[:, 0], genome.table["pc1"])


def test_all_variants_as_instruments_leave_none(genome):
    table = pd.DataFrame(genome.genotypes[:, :5].astype(int), columns=[f"rs{j}" for j in range(5)])
    table.insert(0, "IID", genome.people)
    assert genome.read_table(table, extract=genome.write_lines("two", ["rs1", "rs2"])).aux_names == ()
    shorten(genome, np.arange(0, 400, 20))
    assert genome.read().aux_names == genome.read(extract=listed(genome)).aux_names == ()


@pytest.mark.parametrize("name", ["pfile", "bgen", "vcf.gz", "zarr2"])
def test_every_format_gives_the_same_components(genome, name):
    extract = listed(genome)
    expected = genome.read(extract=extract)
    files = GenotypeFiles(**{OPTION.get(name, name): WRITERS[name](genome)})
    found = read_genotypes(files, **genome.plan(extract=extract))
    np.testing.assert_allclose(found.A, expected.A, atol=1e-9)


def test_a_file_for_each_chromosome(genome):
    extract = listed(genome)
    expected = genome.read(extract=extract)
    variants, genotypes, folder = genome.variants, genome.genotypes, genome.folder
    for chrom in ("21", "22"):
        mine = (variants["chrom"] == chrom).to_numpy()
        genome.variants, genome.genotypes = variants[mine].reset_index(drop=True), genotypes[:, mine].copy()
        genome.folder = folder / f"chr{chrom}"
        genome.folder.mkdir()
        written = genome.write_bed()
    genome.folder = folder
    found = read_plink(str(written).replace("chr22", "chr{chr}"), **genome.plan(extract=extract))
    np.testing.assert_allclose(found.A, expected.A, atol=1e-9)


def test_components_are_of_all_individuals_that_stay(genome):
    """Also of those without phenotypes; and the seed of more than 2,048 individuals is the plan's."""
    extract = listed(genome)
    genome.table.loc[:30, "y"] = np.nan
    kept = genome.write_lines("kept", genome.people[:100])
    data = genome.read(extract=extract, keep=kept)
    assert data.A.shape == (100, 3)
    assert data.structure is not None
    assert data.structure.n == 100


def test_a_saved_model_projects_individuals(genome, tmp_path):
    extract = listed(genome)
    data = genome.read(extract=extract)
    model = LinearLearner(seed=0).fit(data)
    model.save(tmp_path)
    loaded = Representation.load(tmp_path)
    assert loaded.aux_names == ("PC1", "PC2", "group2")
    assert loaded.aux_columns == ()
    loaded.refuse_aux(())
    again = genome.read(wanted=loaded.wanted)
    np.testing.assert_allclose(again.A, data.A, atol=1e-9)
    assert again.aux_names == data.aux_names
    loaded.refuse_other(again)
    assert not any("shrunk" in note for note in again.flow.notes)
    few = genome.write_lines("few", genome.people[5:50])
    some = genome.read(wanted=loaded.wanted, keep=few)
    np.testing.assert_allclose(some.A, data.A[5:50], atol=1e-9)
    assert any("shrunk towards zero, because the 380 variants" in note for note in some.flow.notes)
    np.testing.assert_allclose(loaded.structure.scree, data.structure.scree)
    assert loaded.structure.rule == data.structure.rule
    with pytest.raises(ValueError, match="dataset must hold the model's 3 genome-wide features"):
        loaded.refuse_other(genome.read(extract=extract, pcs=0))
    table = pd.DataFrame(genome.genotypes[:, ::20].astype(int), columns=HITS)
    table.insert(0, "IID", genome.people)
    with pytest.raises(ValueError, match="must hold the variants of the model's genome-wide principal components"):
        genome.read_table(table, wanted=loaded.wanted)


def test_absent_variants_of_a_model_are_reported(genome):
    data = genome.read(extract=listed(genome))
    model = LinearLearner(seed=0).fit(data)
    shorten(genome, np.delete(np.arange(400), [1, 2]))
    again = genome.read(wanted=model.wanted)
    assert any("2 of 380 variants of the model's genome-wide" in warning for warning in again.flow.warnings)
    assert not np.allclose(again.A, data.A, atol=1e-9)
    assert (np.diag(np.corrcoef(again.A.T, data.A.T)[:3, 3:]) > 0.95).all()


def test_too_few_other_variants(genome):
    shorten(genome, np.arange(60))
    extract = genome.write_lines("most", [f"rs{j}" for j in range(20)])
    data = genome.read(extract=extract)
    assert data.aux_names == ()
    assert any("40 other variants of the required 50 remain" in note for note in data.flow.notes)
    assert genome.read(extract=extract, pcs=2).aux_names[:2] == ("PC1", "PC2")
    with pytest.raises(ValueError, match="pcs must be less than the number of individuals and at most.*40 other"):
        genome.read(extract=extract, pcs=41)


def test_settings_are_checked(genome):
    for changes, message in (
        ({"pcs": "many"}, "pcs must be auto or a number from 0"),
        ({"pcs": -1}, "pcs must be auto or a number from 0"),
        ({"pc_window": -1.0}, "pc_window must be at least 0 megabases"),
        ({"build": "19"}, "build must be auto, 36, 37, 38"),
        ({"pcs": 2, "extract": None}, "pcs must come with extract or selection"),
        ({"pcs": 2, "aux": "PC2"}, "aux must have other names than the components that pcs adds. Got 'PC2'"),
    ):
        with pytest.raises(ValueError, match=message):
            Plan("pheno.tsv", **{"extract": "hits"} | changes)
    table = pd.DataFrame({"IID": genome.people, "rs1": 1.5, "rs2": np.arange(120.0)})
    plan = genome.plan(extract=genome.write_lines("one", ["rs2"]), pcs=2)
    path = genome.write_table(table, "i.tsv")
    with pytest.raises(ValueError, match="pcs must be less than the number of individuals and at most"):
        read_instruments(path, **plan)


def source_of(chrom, pos, n=300, seed=0):
    rng = np.random.default_rng(seed)
    table = {"id": [f"v{j}" for j in range(len(pos))], "chrom": chrom, "pos": [str(x) for x in pos]}
    table |= {"effect_allele": "A", "other_allele": "G"}
    G = rng.binomial(2, 0.4, (n, len(pos))).astype(np.int8)
    return Held(G, pd.DataFrame(table).astype(object), pd.Index(np.arange(n)))


def chosen(source, names, **settings):
    ledger = Ledger()
    columns = other_variants(source, np.arange(len(source.G)), Listed(names), Plan(extract="x", **settings), ledger)
    return set(source.variants["id"].iloc[columns]), {step.reason.split(" (")[0]: step.removed for step in ledger.steps}


def test_neighbours_of_instruments_are_left_out():
    """On the same chromosome only, by any spelling of it, and to the exact distance."""
    mega = 10**6
    source = source_of(
        ["1", "1", "chr1", "1", "01", "2", "X", "1"],
        [150 * mega, 151 * mega, 151 * mega + 1, 149 * mega, 148 * mega, 150 * mega, 150 * mega, 0],
    )
    found, removed = chosen(source, ["v0"])
    assert found == {"v2", "v4", "v5"}
    assert removed["within 1 Mb of an instrument"] == 2
    assert removed["not on an autosome"] == 1
    assert removed["without a position"] == 1
    assert chosen(source, ["v0"], pc_window=0.5)[0] == {"v1", "v2", "v3", "v4", "v5"}
    assert chosen(source, ["v0"], pc_window=3.0)[0] == {"v5"}


def test_variants_without_a_name_or_with_three_alleles_are_left_out():
    source = source_of(["1"] * 5, [10**7 * j for j in range(1, 6)])
    source.variants.loc[[1, 2], "id"] = "."
    source.variants.loc[3, "effect_allele"] = "A,T"
    assert chosen(source, ["v0"], keep_long_range=True)[0] == {"v4"}


def test_long_range_regions():
    mega = 10**6
    source = source_of(["6", "6", "8", "8"], [30 * mega, 10 * mega, 7_500_000, 110_950_000])
    assert chosen(source, [])[0] == {"v1"}
    assert chosen(source, [], keep_long_range=True)[0] == {"v0", "v1", "v2", "v3"}
    assert chosen(source, [], build="36")[0] == {"v1", "v2", "v3"}
    assert chosen(source, [], build="37")[0] == {"v1", "v3"}
    assert chosen(source, [], build="38")[0] == {"v1"}
    # other species
    assert chosen(source, [], autosomes=19)[0] == {"v0", "v1", "v2", "v3"}


@pytest.mark.parametrize("build", REGIONS)
def test_regions_are_in_order_and_of_one_size_in_all_builds(build):
    regions = REGIONS[build]
    assert len(regions) == 24
    assert list(regions) == sorted(regions)
    for (chrom, low, high), (other, first, last) in zip(regions, REGIONS["37"], strict=True):
        assert chrom == other
        assert abs(low - first) < 1.6
        assert abs(high - last) < 2.1
    assert in_long_range(pd.Series(["chr6"]), np.array([30_000_000]), build).all()


def test_dependent_variants_are_thinned_and_rare_ones_left_out():
    source = source_of(["1"] * 4, [10**7, 10**7 + 10, 2 * 10**7, 3 * 10**7])
    source.G[:, 1] = source.G[:, 0]
    source.G[:, 2] = 0
    found, removed = chosen(source, [])
    assert found == {"v0", "v3"}
    assert removed["in linkage disequilibrium with others, rare"] == 2
