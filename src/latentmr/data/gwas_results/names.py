"""Names of the columns of GWAS tables by their role, the specific ones before the general ones."""

__all__ = ["EFFECT", "FREQUENCY_OF", "GIVEN", "LOG_ODDS", "NAMES", "OTHER", "PAIRS"]

#: Names by role, in lower case. Alleles and frequencies are in tables of their own.
NAMES = {
    "id": (
        "rsid", "rs_id", "rsids", "snp", "rs", "dbsnp", "dbsnp_id", "rs_number", "rsnumber", "variant_id", "variantid",
        "markername", "markerid", "marker_name", "snpid", "snp_id", "snptestid", "id", "marker", "variant", "varid",
    ),
    "chrom": ("chr", "chrom", "chromosome", "chr_id", "chr_name", "chromosome_name", "seqnames", "chrom_b37"),
    "pos": (
        "pos", "bp", "base_pair_location", "position", "genpos", "ps", "bp_hg19", "chr_position", "chr_pos",
        "base_pair", "base_pair_position", "pos_b37", "pos_b38", "position_hg19", "pos_hg19", "pos_hg38",
    ),
    "beta": (
        "beta", "b", "log_odds", "log_or", "logor", "log(or)", "lnor", "estimate", "effect_size", "effectsize",
        "slope", "effect", "es", "coef", "coefficient", "beta_1",
    ),
    "odds_ratio": ("odds_ratio", "oddsratio", "or", "hazard_ratio", "hazardratio", "hr"),
    "se": (
        "se", "standard_error", "stderr", "std_err", "sebeta", "se_beta", "beta_se", "log(or)_se", "log_or_se",
        "logor_se", "se_logor", "std_error", "standarderror", "slope_se", "std.error", "std. error", "se.beta",
        "se_dgc",
    ),
    "ci_lower": ("ci_lower", "lower_ci", "l95", "lci", "or_95l", "ci_l", "ci95_lower", "ci_lo", "lower_95", "ci_low"),
    "ci_upper": ("ci_upper", "upper_ci", "u95", "uci", "or_95u", "ci_u", "ci95_upper", "ci_up", "upper_95", "ci_high"),
    "z": ("z", "zscore", "z_score", "z-score", "zstat", "z_stat", "z_value"),
    "p_value": (
        "p_value", "pval", "p", "pvalue", "p-value", "p.value", "p_val", "p-val", "pvals", "p_bolt_lmm",
        "p_bolt_lmm_inf", "p_wald", "pval_nominal", "gwas_p", "p.val", "p_dgc", "wald_p", "pr(>|t|)",
    ),
    "log10_p": (
        "log10p", "neg_log_10_p_value", "mlogp", "mlog10p", "log10_p", "neg_log10_pvalue", "neg_log10_p", "nlog10p",
        "neglog10p", "neglog10_pval", "neg_log10_pval", "minus_log10_pval", "minus_log10_p", "minuslog10p",
        "minus_log10_pvalue", "-log10p", "-log10(p)", "-log10_p", "nlogp", "log10pval", "log10_pval", "log10pvalue",
        "log10_pvalue", "logp", "log_p", "lp", "neglogp", "log10(p)", "-logp", "neg_log_pvalue", "mlog10_p",
        "pvalue_neg_log10",
    ),
    "ln_p": ("ln_p", "lnp", "ln(p)", "ln_pval", "ln_pvalue", "loge_p"),
    "n": (
        "n", "samplesize", "sample_size", "obs_ct", "n_total", "ntotal", "total_n", "totaln", "totalsamplesize",
        "n_samples", "nsamples", "num_samples", "n_complete_samples", "nobs", "n_obs", "all_total", "neff", "n_eff",
        "weight", "nrsamples",
    ),
    "n_cases": ("n_cases", "ncases", "n_case", "ncase", "nca", "ncas", "n.cases", "num_cases", "cases"),
    "n_controls": (
        "n_controls", "ncontrols", "n_control", "ncontrol", "nco", "ncon", "n.controls", "n_ctrl", "num_controls",
        "controls",
    ),
    "trait": ("phenotype", "trait"),
    "test": ("test",),
    "keep": ("mr_keep",),
    "remove": ("remove",),
}  # fmt: skip
#: Names that say which allele is counted, and names of the other one.
EFFECT = (
    "effect_allele", "effectallele", "effect.allele", "ea", "assessed_allele", "assessedallele", "coded_allele",
    "codedallele", "coded_all", "tested_allele", "testedallele", "effect_all", "counted_allele", "effallele",
    "inc_allele",
)  # fmt: skip
OTHER = (
    "other_allele", "otherallele", "other.allele", "nea", "oa", "non_effect_allele", "noneffect_allele",
    "noneffectallele", "non_coded_allele", "noncoded_allele", "noncoded_all", "non_effect_all", "baseline_allele",
    "omitted", "noneffallele", "non_assessed_allele",
)  # fmt: skip
#: Pairs of names that list both alleles: the one taken as counted, the other, and whether their names settle it.
PAIRS = (
    ("allele1", "allele0", True),
    ("a1", "a0", True),
    ("alt", "ref", True),
    ("alternate", "reference", True),
    ("alt_allele", "ref_allele", True),
    ("alt_allele", "reference_allele", True),
    ("alternate_allele", "reference_allele", True),
    ("a1", "a2", False),
    ("allele1", "allele2", False),
    ("allele_1", "allele_2", False),
    ("alleleb", "allelea", False),
    ("allele_b", "allele_a", False),
)
#: Names of frequencies that say of which allele.
FREQUENCY_OF = {
    "eaf": (), "effect_allele_frequency": (), "effect_allele_freq": (), "freq_effect_allele": (), "effect_af": (),
    "eaf_hrc": (), "coded_af": (), "effect_allele_frequencies": (), "freq_ea": (), "eafreq": (), "freq_effect": (),
    "effectallelefreq": (), "freq_tested_allele": (), "freq_tested_allele_in_hrs": (),
    "a1freq": ("allele1", "a1"), "a1_freq": ("a1", "allele1"), "af1": ("a1", "allele1"), "freq1": ("allele1", "a1"),
    "freq_a1": ("a1", "allele1"), "frq_a1": ("a1", "allele1"), "freq.a1": ("a1", "allele1"), "a1_af": ("a1", "allele1"),
    "freq.allele1": ("allele1", "a1"), "freq_allele1": ("allele1", "a1"), "af_allele1": ("allele1", "a1"),
    "a1frq": ("a1", "allele1"), "freqa1": ("a1", "allele1"), "freq.a1.1000g.eur": ("a1", "allele1"),
    "af_allele2": ("allele2", "a2"), "freq_a2": ("a2", "allele2"), "a2freq": ("a2", "allele2"),
    "a2_freq": ("a2", "allele2"),
    "freq2": ("allele2", "a2"), "af2": ("a2", "allele2"), "freq_allele2": ("allele2", "a2"),
    "af_alt": ("alt", "alternate", "alt_allele"), "alt_freq": ("alt", "alternate", "alt_allele"),
    "alt_freqs": ("alt", "alternate", "alt_allele"), "alt_af": ("alt", "alternate", "alt_allele"), "aaf": ("alt",),
    "pooled_alt_af": ("alt",), "freq.allele1.hapmapceu": ("allele1",),
    "alt_allele_freq": ("alt", "alt_allele"), "af_ref": ("ref", "reference"), "ref_freq": ("ref", "reference"),
    "ref_af": ("ref", "reference"),
    "freq": (), "frq": (), "af": (), "frequency": (), "allele_frequency": (), "allele_freq": (), "allelefreq": (),
}  # fmt: skip
#: Names of effects that are logarithms of odds ratios.
LOG_ODDS = ("log_odds", "log_or", "logor", "log(or)", "lnor")
#: Roles that users can name.
GIVEN = (
    "id", "chrom", "pos", "effect_allele", "other_allele", "ref", "alt", "test", "eaf", "beta", "odds_ratio", "se",
    "ci_lower", "ci_upper", "z", "p_value", "log10_p", "ln_p", "trait", "n", "n_cases", "n_controls",
)  # fmt: skip
