"""State claims as rows: what the paper says, what each extension adds, and whether the tables support it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from latentmr.benchmark import rmse_ratio

__all__ = ["believed", "claims", "practice"]

LINEAR = "linear"
COUNTS = "admixture:n_env=20,p=30,fst=0.1"
WEAK = "weak:mixing=linear,f_statistic=5"
RECOVERED, LEAKED = 0.95, 0.03
#: Real genotypes: the part of the benchmark, its scenario, and a description of the data.
REAL = (
    ("genomes-4", "semisynthetic", "four super-populations"),
    ("genomes", "semisynthetic", "fourteen populations"),
    ("individuals-4", "individuals:genome=20000", "the 1,092 individuals, four super-populations"),
    ("individuals", "individuals:genome=20000", "the 1,092 individuals, fourteen populations"),
    ("confounders", "semisynthetic:confounder=local", "a local confounder"),
    ("confounders", "semisynthetic:confounder=site", "a confounder that differs between sites"),
    ("confounders", "semisynthetic:confounder=assortative", "assortative mating"),
    ("confounders", "semisynthetic:admixed=1,confounder=ancestry", "admixed individuals"),
    ("confounders", "semisynthetic:admixed=1,confounder=local", "admixed individuals, a local confounder"),
)
#: What users do today, in the order of the table.
RIVALS = (
    *(f"{name}:adjust=gpcs:10" for name in ("2sls", "ivw", "egger", "median")),
    *(f"liml:adjust=gpcs:{number}" for number in (10, 20, 50)),
)
#: Largest RMSE over the oracle's, and smallest ratio of 2SLS with ten components to the main job.
CLOSE = {"genomes": 1.10, "genomes-4": 1.08, "individuals": 1.15, "individuals-4": 1.15}
WORSE = 3.0
#: Bounds of coverage; smallest shares of bad and good runs that the verdict tells.
LOWEST, HIGHEST = 0.92, 0.98
BAD_TOLD, GOOD_TOLD = 0.95, 0.80

Row = tuple[str, str, bool]


def claims(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return a table of claims, what was measured, and yes or no.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Benchmarks by the name of their part.
    """
    rows = [*_accuracy(tables), *_main_job(tables)]
    if {"identification", "partial"} <= set(tables):
        rows = [*_identification(tables), *rows]
    if {"identification", "extensions"} <= set(tables):
        rows += _extensions(tables)
    lines = ["| claim | measured | holds |", "|---|---|---|"]
    lines += [f"| {claim} | {measured} | {'yes' if holds else '**no**'} |" for claim, measured, holds in rows]
    return "\n".join(lines)


def _identification(tables: Mapping[str, pd.DataFrame]) -> list[Row]:
    out = []
    for scenario in ("polynomial", "diffeomorphic"):
        for method in ("flow", "autoencoder"):
            r2, leak = (_of(tables["identification"], scenario, method)[name].median() for name in ("r2", "leak"))
            claim = f"(1) full identification under {scenario} mixing, {method} (R2 from {RECOVERED}, leak to {LEAKED})"
            out.append((claim, f"R2 {r2:.3f}, leak {leak:.3f}", bool(r2 >= RECOVERED and leak <= LEAKED)))
    for k in (1, 2):
        part = _of(tables["partial"], "partial", f"flow:k={k}")
        leak, r2 = part["leak"].median(), part["r2"].median()
        ratio, error = _ratio(tables["partial"], "partial", f"flow:k={k}", "2sls")
        claim = f"(2) partial identification: k = {k} of 3 excludes the confounded part, and beats 2SLS on G"
        measured = f"leak {leak:.3f} (R2 {r2:.2f}), RMSE {ratio:.2f} ({error:.2f}) times that of 2SLS"
        out.append((claim, measured, bool(leak <= LEAKED and ratio + 2 * error < 1)))
    return out


def _accuracy(tables: Mapping[str, pd.DataFrame]) -> list[Row]:
    """More accurate and less variable than 2SLS on all variants, in simulations and on real genotypes."""
    cases = [
        ("identification", "polynomial", "flow", "2sls"),
        ("identification", "diffeomorphic", "flow", "2sls"),
        ("identification", "polynomial", "flow", "egger"),
        ("identification", "diffeomorphic", "flow", "egger"),
        ("genomes", "semisynthetic", "linear:pcs=0", "2sls"),
        ("genomes", "semisynthetic", "linear:pcs=0", "2sls:adjust=env"),
        ("genomes", "semisynthetic", "linear:pcs=0", "2sls:adjust=hitpcs"),
        ("genomes", "semisynthetic", "linear:pcs=0", "liml:adjust=hitpcs"),
        ("genomes-4", "semisynthetic", "linear:pcs=0", "2sls:adjust=hitpcs"),
        ("genomes-4", "semisynthetic", "linear:pcs=0", "liml:adjust=hitpcs"),
        ("genomes-flow", "semisynthetic:pcs=0", "flow", "2sls"),
        ("history", "coalescent:n=8000,p=50", "linear", "liml:adjust=hitpcs"),
        ("mating", "assortative", "linear", "2sls"),
        ("confounders", "semisynthetic:confounder=assortative", "linear:pcs=0", "2sls"),
    ]
    out = []
    for name, scenario, method, rival in cases:
        if name not in tables:
            continue
        table = tables[name]
        ratio, error = _ratio(table, scenario, method, rival)
        mine, its = (_of(table, scenario, which)["beta"].std() for which in (method, rival))
        claim = f"(3) {name}, {scenario}: {method} is more accurate and less variable than {rival}"
        measured = f"RMSE ratio {ratio:.2f} ({error:.2f}); sd over seeds {mine:.3f} against {its:.3f}"
        out.append((claim, measured, bool(ratio + 2 * error < 1 and mine < its)))
    return out


def _extensions(tables: Mapping[str, pd.DataFrame]) -> list[Row]:
    table, out = tables["extensions"], []
    for label, scenario, with_it, without in (
        ("LIML in place of 2SLS on many learned instruments", COUNTS, "linear", "linear:estimator=2SLS"),
        (
            "the factor form for unlinked variants in place of the stationary form",
            COUNTS,
            "linear",
            "linear:form=stationary",
        ),
    ):
        ratio, error = _ratio(table, scenario, with_it, without)
        out.append((f"(4) {label}: smaller errors", f"RMSE ratio {ratio:.2f} ({error:.2f})", ratio + 2 * error < 1))
    for scenario in ("polynomial", "diffeomorphic"):
        ratio, error = _ratio(tables["identification"], scenario, "flow", "autoencoder")
        claim = f"(4) the flow in place of the autoencoder, {scenario}: smaller errors"
        out.append((claim, f"RMSE ratio {ratio:.2f} ({error:.2f})", ratio + 2 * error < 1))
    for scenario in (LINEAR, COUNTS):
        counted, given = (_covered(table, scenario, name) for name in ("linear", "linear:bootstrap=0"))
        label = f"(4) errors that account for estimation of the encoder, {scenario}"
        claim = f"{label}: coverage of the set from .93, more than without"
        out.append((claim, f"{counted:.2f} against {given:.2f}", counted >= 0.93 and counted > given))
    robust, wald = (_covered(table, WEAK, "linear:estimator=2SLS", kind) for kind in ("covered", "wald_covered"))
    claim = "(4) robust sets with weak instruments: coverage from .93, the Wald interval of 2SLS falls short"
    out.append((claim, f"{robust:.2f} against {wald:.2f}", robust >= 0.93 > wald))
    ratio, error = _ratio(table, LINEAR, "linear", "linear:diagnosis=0")
    claim = "(4) a diagnosis sample of a fifth of the individuals costs less than 15 % of accuracy"
    out.append((claim, f"RMSE ratio {ratio:.2f} ({error:.2f})", ratio < 1.15))
    return out


def _main_job(tables: Mapping[str, pd.DataFrame]) -> list[Row]:
    """The linear learner with genome-wide components, against the oracle and today's practice."""
    out = []
    for name, scenario, data in REAL:
        if name not in CLOSE or name not in tables:
            continue
        table = tables[name]
        ratio, error = _to_oracle(table, scenario, "linear")
        claim = f"(5) {data}: linear with genome-wide components, RMSE at most {CLOSE[name]:.2f} times the oracle's"
        out.append((claim, f"{ratio:.2f} ({error:.2f})", bool(ratio <= CLOSE[name])))
        best = min(RIVALS, key=lambda rival: _to_oracle(table, scenario, rival)[0])
        ratio, error = _ratio(table, scenario, "linear", best)
        claim = f"(5) {data}: within Monte Carlo error, at least as accurate as the best of today's practice"
        out.append((claim, f"RMSE {ratio:.2f} ({error:.2f}) times that of {best}", bool(ratio <= 1 + 2 * error)))
    if "genomes" in tables:
        ratio, error = _ratio(tables["genomes"], "semisynthetic", "2sls:adjust=gpcs:10", "linear")
        claim = f"(5) fourteen populations: 2sls:adjust=gpcs:10 has at least {WORSE:.0f} times the RMSE of linear"
        out.append((claim, f"{ratio:.1f} ({error:.1f})", bool(ratio >= WORSE)))
    for scenario in tables["coverage"]["scenario"].unique() if "coverage" in tables else ():
        runs = _of(tables["coverage"], scenario, "linear")
        robust, wald = (_covered(tables["coverage"], scenario, "linear", kind) for kind in ("covered", "wald_covered"))
        claim = f"(5) {scenario}, {len(runs)} seeds: coverage of set and Wald interval from {LOWEST} to {HIGHEST}"
        holds = all(LOWEST <= share <= HIGHEST for share in (robust, wald))
        out.append((claim, f"{robust:.3f} and {wald:.3f}", holds))
        good, bad, credible = _judged(runs)
        share = float(credible[good].mean())
        claim = f"(5) {scenario}: good runs are credible in {GOOD_TOLD:.0%}, bad ones are not in {BAD_TOLD:.0%}"
        told = not bad.any() or float((~credible[bad]).mean()) >= BAD_TOLD
        measured = f"{share:.0%} of {good.sum()} good; {(credible & bad).sum()} of {bad.sum()} bad are credible"
        out.append((claim, measured, share >= GOOD_TOLD and told))
    return out


def practice(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return a table of where today's practice is as good as the main job, and where it is not.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Benchmarks by the name of their part.
    """
    lines = [
        "| data | method | its RMSE / oracle | RMSE of linear / its own | more accurate |",
        "|---|---|---|---|---|",
    ]
    for name, scenario, data in [each for each in REAL if each[0] in tables]:
        for rival in (*RIVALS, "linear:pcs=0"):
            its, spread = _to_oracle(tables[name], scenario, rival)
            ratio, error = _ratio(tables[name], scenario, "linear", rival)
            better = "linear" if ratio + 2 * error < 1 else rival if ratio - 2 * error > 1 else "neither"
            lines.append(f"| {data} | {rival} | {its:.2f} ({spread:.2f}) | {ratio:.2f} ({error:.2f}) | {better} |")
    return "\n".join(lines)


def believed(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return a table of the verdicts of good and bad runs of the linear learner, as in ``verdict.py``.

    A run is *bad* if its estimate is more than three of its standard errors, and more than a tenth of the bias of 2SLS
    without adjustment, from the truth; *good* if it is within two standard errors.
    """
    lines = ["| data | method | runs | credible | good | good and credible | bad | bad and credible |"]
    lines.append("|" + "---|" * 8)
    for name, scenario, data in [each for each in REAL if each[0] in tables]:
        naive = _of(tables[name], scenario, "2sls")
        bias = abs((naive["beta"] - naive["truth"]).mean())
        for method in ("linear", "linear:pcs=0"):
            runs = _of(tables[name], scenario, method)
            good, bad, credible = _judged(runs, bias)
            counts = [part.sum() for part in (good, good & credible, bad, bad & credible)]
            lines.append(f"| {data} | {method} | {len(runs)} | {credible.sum()} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines)


def _judged(runs: pd.DataFrame, bias: float = 0.0) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return which runs are good, which are bad, and which are credible; see :func:`believed`."""
    error = (runs["beta"] - runs["truth"]).abs()
    bad = (error > 3 * runs["se"]) & (error > 0.1 * bias)
    return error < 2 * runs["se"], bad, runs["verdict"] == "credible"


def _to_oracle(table: pd.DataFrame, scenario: str, method: str) -> tuple[float, float]:
    """RMSE of a method over that of the oracle on the same seeds."""
    part = _of(table, scenario, method)
    return rmse_ratio(*((part[name] - part["truth"]).to_numpy() for name in ("beta", "oracle")))


def _of(table: pd.DataFrame, scenario: str, method: str) -> pd.DataFrame:
    part = table[(table["scenario"] == scenario) & (table["method"] == method) & (table["reason"] == "")]
    return part.set_index("seed", drop=False)


def _ratio(table: pd.DataFrame, scenario: str, method: str, rival: str) -> tuple[float, float]:
    """RMSE of one over that of the other, on the seeds that both have."""
    mine, its = _of(table, scenario, method), _of(table, scenario, rival)
    seeds = mine.index.intersection(its.index)
    errors = [(part.loc[seeds, "beta"] - part.loc[seeds, "truth"]).to_numpy() for part in (mine, its)]
    return rmse_ratio(*errors)


def _covered(table: pd.DataFrame, scenario: str, method: str, kind: str = "covered") -> float:
    return float(np.mean(_of(table, scenario, method)[kind] == "yes"))
