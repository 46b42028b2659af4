"""Names of chromosomes: with and without ``chr``, accessions of RefSeq and GenBank, and what is no autosome."""

import re

__all__ = ["chromosome_key", "chromosome_label", "is_no_autosome"]

PREFIX = re.compile(r"chr(?:om(?:osome)?)?[ _.:-]?(?=.)", re.IGNORECASE)
#: Accessions of the human chromosomes 1 to 22, X and Y: NC_000001 to NC_000024 in RefSeq, CM000663 to CM000686 in
#: GenBank; and of the mitochondrion in both.
REFSEQ, GENBANK = re.compile(r"NC_0000(\d\d)(?:\.\d+)?"), re.compile(r"CM000(\d{3})(?:\.\d+)?")
BEFORE_GENBANK = 662
MITOCHONDRION = re.compile(r"(?:NC_012920|J01415|NC_001807)(?:\.\d+)?|M|MTDNA|MITO|MITOCHONDRION")
#: Chromosomes of which not all individuals have two copies.
NOT_AUTOSOMES = ("X", "Y", "XY", "MT", "W", "Z", "PAR", "PAR1", "PAR2", "NONPAR")
#: Scaffolds beside the chromosomes: unplaced, unlocalised, alternative, patches, decoys and viruses.
SCAFFOLD = re.compile(
    r"(?:X|Y|XY|MT?|UN)[_.-].*|.*_(?:RANDOM|ALT|FIX|NOVEL|DECOY|HAP\d+)|(?:GL|KI|KN|KQ|KZ|KV|JH|ML|MU)\d{6}(?:[.V]\d+)?"
    r"|N[WT]_\d+(?:\.\d+)?|HLA[-*_].*|HS3[78]D\d?|EBV|NC_007605(?:\.\d+)?|PAR[_-].*"
)
#: PLINK's codes and other names of one chromosome, where names are compared: a part of X that also is on Y is of X.
SAME = {"23": "X", "24": "Y", "25": "X", "26": "MT", "XY": "X", "PAR": "X", "PAR1": "X", "PAR2": "X", "NONPAR": "X"}
SAME |= {"X_PAR1": "X", "X_PAR2": "X", "X_NONPAR": "X", "PAR_X": "X"}


def chromosome_label(name: str) -> str:
    """Return a chromosome's name without ``chr`` and leading zeros, in capitals; accessions become names.

    Examples
    --------
    >>> chromosome_label("chr7"), chromosome_label("01"), chromosome_label("x")
    ('7', '1', 'X')
    >>> chromosome_label("NC_000001.11"), chromosome_label("CM000685.2"), chromosome_label("chrM")
    ('1', 'X', 'MT')
    """
    label = PREFIX.sub("", name.strip(), count=1).upper()
    for accession, before in ((REFSEQ, 0), (GENBANK, BEFORE_GENBANK)):
        if (found := accession.fullmatch(label)) and 0 < (number := int(found[1]) - before) <= 24:
            return {23: "X", 24: "Y"}.get(number, str(number))
    if MITOCHONDRION.fullmatch(label):
        return "MT"
    return label.removesuffix(".0").lstrip("0") or "0"


def chromosome_key(name: str) -> str:
    """Return a name by which chromosomes of two files are compared: as the label, and PLINK's 23 is X, and so on.

    Examples
    --------
    >>> chromosome_key("chr7"), chromosome_key("23"), chromosome_key("PAR1"), chromosome_key("chrX_KI270880v1_alt")
    ('7', 'X', 'X', 'X_KI270880V1_ALT')
    """
    label = chromosome_label(name)
    return SAME.get(label, label)


def is_no_autosome(name: str, autosomes: int) -> bool:
    """Return whether a chromosome is X, Y or MT, a part or a scaffold, or is numbered above the autosomes.

    Parameters
    ----------
    name : str
        Name of a chromosome, or of any sequence of a reference genome.
    autosomes : int
        Number of autosomes of the species.

    Returns
    -------
    bool
        False for unknown chromosomes (``0``, ``.``, ``NA``), and for names of other species (``2L``, ``IV``).

    Examples
    --------
    >>> [is_no_autosome(name, 22) for name in ("chr22", "23", "NC_000023.11", "X_PAR1", "chr1_KI270706v1_random", "0")]
    [False, True, True, True, True, False]
    """
    label = chromosome_label(name)
    if label.isdecimal():
        return int(label) > autosomes
    return label in NOT_AUTOSOMES or SCAFFOLD.fullmatch(label) is not None
