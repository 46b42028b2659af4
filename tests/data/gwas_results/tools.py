"""Tables of GWAS results as each tool writes them, of variants whose effects are known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

__all__ = ["TOOLS", "variants"]

Tool = Callable[[pd.DataFrame], pd.DataFrame]


def variants(rng: np.random.Generator, n: int = 12) -> pd.DataFrame:
    """Return variants with the effect of the alternative allele, and which allele a tool may count."""
    pairs = np.array([("A", "G"), ("C", "T"), ("G", "A"), ("T", "C"), ("A", "C"), ("G", "T")])[rng.integers(0, 6, n)]
    size = rng.uniform(0.002, 0.2, n).round(5)
    beta, se = size * rng.choice([-1, 1], n), rng.uniform(0.01, 0.05, n).round(5)
    frame = pd.DataFrame({"id": [f"rs{1000 + 7 * i}" for i in range(n)], "chrom": rng.integers(1, 23, n)})
    frame["pos"], frame["ref"], frame["alt"] = np.arange(n) * 100_017 + 1_000, pairs[:, 0], pairs[:, 1]
    frame["f"], frame["beta"], frame["se"] = rng.uniform(0.05, 0.95, n).round(4), beta, se
    frame["n"], frame["counts_alt"] = rng.integers(10_000, 60_000, n), rng.random(n) < 0.5
    return frame


def _p(v: pd.DataFrame) -> pd.Series:
    return pd.Series(2 * stats.norm.sf(np.abs(v["beta"] / v["se"])))


def _log10_p(v: pd.DataFrame) -> pd.Series:
    return -np.log10(_p(v))


def _counted(v: pd.DataFrame) -> pd.DataFrame:
    """Return alleles, frequency and effect of an allele that may be the reference allele."""
    alt = v["counts_alt"]
    out = {"one": v["alt"].where(alt, v["ref"]), "two": v["ref"].where(alt, v["alt"])}
    return pd.DataFrame(out | {"f": v["f"].where(alt, 1 - v["f"]), "beta": v["beta"].where(alt, -v["beta"])})


def _table(v: pd.DataFrame, **columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns, index=v.index)


def _place(v: pd.DataFrame) -> pd.Series:
    return v["chrom"].astype(str) + ":" + v["pos"].astype(str) + ":" + v["ref"] + ":" + v["alt"]


def _regenie(v: pd.DataFrame) -> pd.DataFrame:
    return _table(v, CHROM=v.chrom, GENPOS=v.pos, ID=v.id, ALLELE0=v.ref, ALLELE1=v.alt, A1FREQ=v.f, N=v.n, INFO=0.99,
                  TEST="ADD", BETA=v.beta, SE=v.se, CHISQ=(v.beta / v.se) ** 2, LOG10P=_log10_p(v))  # fmt: skip


def _regenie_binary(v: pd.DataFrame) -> pd.DataFrame:
    return _regenie(v).assign(A1FREQ_CASES=0.5, A1FREQ_CONTROLS=0.5, N_CASES=v.n // 3, N_CONTROLS=v.n - v.n // 3,
                              EXTRA="NA")  # fmt: skip


def _htp(v: pd.DataFrame) -> pd.DataFrame:
    effect = np.exp(v.beta)
    return _table(v, Name=v.id, Chr=v.chrom, Pos=v.pos, Ref=v.ref, Alt=v.alt, Trait="t", Cohort="c",
                  Model="ADD-WGR-FIRTH", Effect=effect, LCI_Effect=np.exp(v.beta - 1.959964 * v.se),
                  UCI_Effect=np.exp(v.beta + 1.959964 * v.se), Pval=_p(v), AAF=v.f, Num_Cases=v.n // 3,
                  Num_Controls=v.n - v.n // 3)  # fmt: skip


def _htp_quantitative(v: pd.DataFrame) -> pd.DataFrame:
    return _htp(v).assign(Model="ADD-WGR-LR", Effect=v.beta, LCI_Effect=v.beta - 1.959964 * v.se,
                          UCI_Effect=v.beta + 1.959964 * v.se, Num_Cases=v.n, Num_Controls="NA")  # fmt: skip


def _saige(v: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"CHR": v.chrom, "POS": v.pos, "MarkerID": v.id, "Allele1": v.ref, "Allele2": v.alt,
                         "AC_Allele2": 2 * v.f * v.n, "AF_Allele2": v.f, "MissingRate": 0, "BETA": v.beta, "SE": v.se,
                         "Tstat": 1.0, "var": 1.0, "p.value": _p(v), "N": v.n})  # fmt: skip


def _saige_old(v: pd.DataFrame) -> pd.DataFrame:
    frame = _saige(v).rename(columns={"MarkerID": "SNPID", "MissingRate": "imputationInfo"})
    return frame.assign(**{"p.value.NA": _p(v), "Is.SPA.converge": 1})


def _bolt(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, SNP=v.id, CHR=v.chrom, BP=v.pos, GENPOS=0.1, ALLELE1=c.one, ALLELE0=c.two, A1FREQ=c.f, F_MISS=0,
                  BETA=c.beta, SE=v.se, P_BOLT_LMM_INF=_p(v), P_BOLT_LMM=_p(v))  # fmt: skip


def _fastgwa(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(
        v, CHR=v.chrom, SNP=v.id, POS=v.pos, A1=c.one, A2=c.two, N=v.n, AF1=c.f, BETA=c.beta, SE=v.se, P=_p(v)
    )


def _mlma(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, Chr=v.chrom, SNP=v.id, bp=v.pos, A1=c.one, A2=c.two, Freq=c.f, b=c.beta, se=v.se, p=_p(v))


def _plink2(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return pd.DataFrame({"#CHROM": v.chrom, "POS": v.pos, "ID": v.id, "REF": v.ref, "ALT": v.alt, "A1": c.one,
                         "A1_FREQ": c.f, "TEST": "ADD", "OBS_CT": v.n, "BETA": c.beta, "SE": v.se,
                         "T_STAT": c.beta / v.se, "P": _p(v), "ERRCODE": "."})  # fmt: skip


def _plink2_logistic(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    frame = _plink2(v).drop(columns=["BETA", "SE", "T_STAT"])
    return frame.assign(**{"OMITTED": c.two, "OR": np.exp(c.beta), "LOG(OR)_SE": v.se, "Z_STAT": c.beta / v.se})


def _plink2_covariates(v: pd.DataFrame) -> pd.DataFrame:
    frame = _plink2(v)
    return pd.concat([frame, frame.assign(TEST="AGE", BETA=9.0, P=1e-9)]).sort_values("POS", kind="stable")


def _plink1(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, CHR=v.chrom, SNP=v.id, BP=v.pos, A1=c.one, TEST="ADD", NMISS=v.n, OR=np.exp(c.beta), SE=v.se,
                  L95=np.exp(c.beta - 1.96 * v.se), U95=np.exp(c.beta + 1.96 * v.se), STAT=c.beta / v.se,
                  P=_p(v))  # fmt: skip


def _plink1_assoc(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, CHR=v.chrom, SNP=v.id, BP=v.pos, A1=c.one, F_A=c.f, F_U=c.f, A2=c.two, CHISQ=(v.beta / v.se) ** 2,
                  P=_p(v), OR=np.exp(c.beta), SE=v.se, L95=np.exp(c.beta - 1.96 * v.se),
                  U95=np.exp(c.beta + 1.96 * v.se))  # fmt: skip


def _plink1_fisher(v: pd.DataFrame) -> pd.DataFrame:
    return _plink1_assoc(v).drop(columns=["CHISQ", "F_A", "F_U"]).assign(C_A=100, C_U=200)


def _metal(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return pd.DataFrame({"MarkerName": v.id, "Allele1": c.one.str.lower(), "Allele2": c.two.str.lower(),
                         "Freq1": c.f, "FreqSE": 0.01, "Effect": c.beta, "StdErr": v.se, "P-value": _p(v),
                         "Direction": "++-?", "HetISq": 0.0})  # fmt: skip


def _metal_z(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    # effects in standard deviations: se follows from frequency and sample size
    frame = _metal(v).drop(columns=["Effect", "StdErr"])
    return frame.assign(Weight=v.n, Zscore=c.beta / v.se)


def _ssf(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, chromosome=v.chrom, base_pair_location=v.pos, effect_allele=c.one, other_allele=c.two,
                  beta=c.beta, standard_error=v.se, effect_allele_frequency=c.f, p_value=_p(v), rsid=v.id,
                  n=v.n)  # fmt: skip


def _ssf_odds(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    frame = _ssf(v).drop(columns=["beta", "standard_error", "p_value"])
    return frame.assign(odds_ratio=np.exp(c.beta), ci_lower=np.exp(c.beta - 1.959964 * v.se),
                        ci_upper=np.exp(c.beta + 1.959964 * v.se), neg_log_10_p_value=_log10_p(v))  # fmt: skip


def _harmonised(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    # the author counts the other allele
    return _table(v, hm_variant_id=_place(v), hm_rsid=v.id, hm_chrom=v.chrom, hm_pos=v.pos, hm_other_allele=c.two,
                  hm_effect_allele=c.one, hm_beta=c.beta, hm_odds_ratio="NA", hm_ci_lower="NA", hm_ci_upper="NA",
                  hm_effect_allele_frequency=c.f, hm_code=11, variant_id=v.id, p_value=_p(v), chromosome=v.chrom,
                  base_pair_location=v.pos - 500, effect_allele=c.two, other_allele=c.one,
                  effect_allele_frequency=1 - c.f, odds_ratio="NA", beta=-c.beta, standard_error=v.se)  # fmt: skip


def _finngen(v: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"#chrom": v.chrom, "pos": v.pos, "ref": v.ref, "alt": v.alt, "rsids": v.id,
                         "nearest_genes": "X", "pval": _p(v), "mlogp": _log10_p(v), "beta": v.beta, "sebeta": v.se,
                         "af_alt": v.f, "af_alt_cases": v.f, "af_alt_controls": v.f})  # fmt: skip


def _finngen_5(v: pd.DataFrame) -> pd.DataFrame:
    # the frequency of the alternative allele is in a column of the name "maf"
    frame = _finngen(v).drop(columns=["mlogp", "af_alt", "af_alt_cases", "af_alt_controls"])
    return frame.assign(maf=v.f, maf_cases=v.f, maf_controls=v.f, n_hom_cases=3.5, n_het_cases=7.5)


def _hgi(v: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"#CHR": v.chrom, "POS": v.pos, "REF": v.ref, "ALT": v.alt, "SNP": _place(v), "all_meta_N": 2,
                         "all_inv_var_meta_beta": v.beta, "all_inv_var_meta_sebeta": v.se, "all_inv_var_meta_p": _p(v),
                         "all_inv_var_meta_cases": 10, "all_inv_var_meta_controls": 20, "all_inv_var_het_p": 0.5,
                         "lmso_inv_var_beta": 9.0, "lmso_inv_var_se": 9.0, "lmso_inv_var_pval": 0.9,
                         "all_meta_AF": v.f, "rsid": v.id})  # fmt: skip


def _pan_ukb(v: pd.DataFrame) -> pd.DataFrame:
    frame = _table(v, chr=v.chrom, pos=v.pos, ref=v.ref, alt=v.alt)
    for population, sign in (("meta_hq", 1), ("AFR", -1), ("EUR", -1)):
        frame[f"af_{population}"] = v.f
        frame[f"beta_{population}"], frame[f"se_{population}"] = sign * v.beta, v.se
        frame[f"neglog10_pval_{population}"] = _log10_p(v)
    return frame.assign(low_confidence_EUR="false")


def _bbj(v: pd.DataFrame) -> pd.DataFrame:
    return _table(
        v, SNP=v.id, CHR=v.chrom, POS=v.pos, REF=v.ref, ALT=v.alt, Frq=v.f, Rsq=1.0, BETA=v.beta, SE=v.se, P=_p(v)
    )


def _bbj_meta(v: pd.DataFrame) -> pd.DataFrame:
    # Frq is the frequency of REF
    return _bbj(v).drop(columns="Rsq").assign(Frq=1 - v.f, Dir="++-+", HetP=0.5, N=v.n)


def _mvp(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return pd.DataFrame({"SNP_ID": v.id, "chrom": v.chrom, "pos": v.pos, "ref": v.ref, "alt": v.alt, "ea": c.one,
                         "af": c.f, "num_samples": v.n, "or": np.exp(c.beta), "pval": _p(v), "r2": 1.0})  # fmt: skip


def _neale(v: pd.DataFrame) -> pd.DataFrame:
    minor = v["alt"].where(v.f < 0.5, v["ref"])
    return _table(v, variant=_place(v), minor_allele=minor, minor_AF=np.minimum(v.f, 1 - v.f),
                  low_confidence_variant="false", n_complete_samples=v.n, AC=1, ytx=1.0, beta=v.beta, se=v.se,
                  tstat=v.beta / v.se, pval=_p(v))  # fmt: skip


def _daner(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, CHR=v.chrom, SNP=v.id, BP=v.pos, A1=c.one, A2=c.two, FRQ_A_53386=c.f, FRQ_U_77258=c.f, INFO=1.0,
                  OR=np.exp(c.beta), SE=v.se, P=_p(v), ngt=0, Direction="+", Nca=10, Nco=20)  # fmt: skip


def _pgc_2014(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, hg19chrc="chr" + v.chrom.astype(str), snpid=v.id, a1=c.one, a2=c.two, bp=v.pos, info=1.0,
                  se=v.se, p=_p(v), ngt=0).assign(**{"or": np.exp(c.beta)})  # fmt: skip


def _pgc(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return pd.DataFrame({"#CHROM": v.chrom, "POS": v.pos, "ID": v.id, "A1": c.one, "A2": c.two, "BETA": c.beta,
                         "SE": v.se, "PVAL": _p(v), "NGT": 0, "FCAS": c.f, "FCON": c.f, "IMPINFO": 1.0, "NEFF": 5.0,
                         "NCAS": 10, "NCON": 20})  # fmt: skip


def _opengwas(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, rsid=v.id, chr=v.chrom, position=v.pos, ea=c.one, nea=c.two, eaf=c.f, beta=c.beta, se=v.se,
                  p=_p(v), n=v.n, id="ieu-a-7", trait="CHD")  # fmt: skip


def _gwaslab(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, SNPID=_place(v), rsID=v.id, CHR=v.chrom, POS=v.pos, EA=c.one, NEA=c.two, EAF=c.f, BETA=c.beta,
                  SE=v.se, P=_p(v), N=v.n, STATUS=1960099)  # fmt: skip


def _gemma(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, chr=v.chrom, rs=v.id, ps=v.pos, n_miss=0, allele1=c.one, allele0=c.two, af=c.f, beta=c.beta,
                  se=v.se, p_wald=_p(v))  # fmt: skip


def _snptest(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return pd.DataFrame({"alternate_ids": "---", "rsid": v.id, "chromosome": v.chrom, "position": v.pos,
                         "alleleA": c.two, "alleleB": c.one, "all_AA": 1e6 * (1 - c.f) ** 2,
                         "all_AB": 2e6 * c.f * (1 - c.f), "all_BB": 1e6 * c.f**2, "all_total": v.n,
                         "all_maf": np.minimum(c.f, 1 - c.f), "frequentist_add_pvalue": _p(v),
                         "frequentist_add_beta_1": c.beta, "frequentist_add_se_1": v.se})  # fmt: skip


def _gtex(v: pd.DataFrame) -> pd.DataFrame:
    place = "chr" + _place(v).str.replace(":", "_") + "_b38"
    return _table(v, variant_id=place, gene_id="ENSG1.1", tss_distance=5, ma_samples=5, ma_count=5,
                  maf=np.minimum(v.f, 1 - v.f), pval_nominal=_p(v), slope=v.beta, slope_se=v.se)  # fmt: skip


def _two_sample(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, SNP=v.id, beta=c.beta, se=v.se, effect_allele=c.one, other_allele=c.two, eaf=c.f, pval=_p(v),
                  samplesize=v.n)  # fmt: skip


def _third_column(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, SNP=v.id, A1=v.ref, A2=v.alt, EffectAllele=c.one, EAF=c.f, BETA=c.beta, SE=v.se, P=_p(v))


def _one_and_two(v: pd.DataFrame) -> pd.DataFrame:
    c = _counted(v)
    return _table(v, SNP=v.id, CHR=v.chrom, BP=v.pos, A1=c.one, A2=c.two, FRQ=c.f, BETA=c.beta, SE=v.se, P=_p(v))


#: The layout that is recognised, and the table that the tool writes.
TOOLS: dict[str, tuple[str, Tool]] = {
    "REGENIE": ("REGENIE", _regenie),
    "REGENIE binary": ("REGENIE", _regenie_binary),
    "REGENIE --htp": ("REGENIE htp", _htp),
    "REGENIE --htp, quantitative": ("REGENIE htp", _htp_quantitative),
    "SAIGE 1": ("SAIGE 1.x", _saige),
    "SAIGE 0": ("SAIGE 0.x", _saige_old),
    "BOLT-LMM": ("BOLT-LMM", _bolt),
    "fastGWA": ("fastGWA", _fastgwa),
    "mlma": ("GCTA mlma", _mlma),
    "PLINK 2": ("PLINK 2", _plink2),
    "PLINK 2 logistic": ("PLINK 2", _plink2_logistic),
    "PLINK 2 with covariates": ("PLINK 2", _plink2_covariates),
    "PLINK 1.9": ("PLINK 1.9 linear or logistic", _plink1),
    "PLINK 1.9 assoc": ("PLINK 1.9 assoc", _plink1_assoc),
    "PLINK 1.9 fisher": ("PLINK 1.9 assoc", _plink1_fisher),
    "METAL": ("METAL, inverse variance", _metal),
    "METAL z": ("METAL, sample size", _metal_z),
    "GWAS-SSF": ("GWAS-SSF", _ssf),
    "GWAS-SSF odds": ("GWAS-SSF", _ssf_odds),
    "GWAS Catalog": ("GWAS Catalog, harmonised", _harmonised),
    "FinnGen": ("FinnGen", _finngen),
    "FinnGen 5": ("FinnGen", _finngen_5),
    "COVID-19 HGI": ("COVID-19 HGI", _hgi),
    "Pan-UKB": ("Pan-UKB", _pan_ukb),
    "BBJ": ("BBJ", _bbj),
    "BBJ, meta-analysis": ("BBJ, meta-analysis", _bbj_meta),
    "MVP": ("MVP", _mvp),
    "Neale": ("Neale lab", _neale),
    "daner": ("PGC (daner)", _daner),
    "PGC 2014": ("PGC (2014)", _pgc_2014),
    "PGC": ("PGC (VCF-like)", _pgc),
    "OpenGWAS": ("OpenGWAS", _opengwas),
    "GWASLab": ("GWASLab", _gwaslab),
    "GEMMA": ("GEMMA", _gemma),
    "SNPTEST": ("SNPTEST", _snptest),
    "GTEx": ("GTEx", _gtex),
    "TwoSampleMR": ("", _two_sample),
    "a third column": ("", _third_column),
    "A1 and A2": ("", _one_and_two),
}
