"""What tests of several rooms share: one thread in linear algebra, a network and a two-sample report made by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markupsafe import Markup
from threadpoolctl import threadpool_limits

from latentmr.learn import LinearLearner
from latentmr.learn.encoders.network_encoder import NetworkEncoder
from latentmr.report.drawing import Drawing
from latentmr.results.history import History, TrainingLog
from latentmr.results.objects import ConfidenceSet, Estimate, TestResult, Verdict
from latentmr.results.report_data import ReportData
from latentmr.two_sample.methods import egger, ivw

GOLDEN = Path(__file__).parent / "golden"
#: Effects of variants by exposure: a frame of id, bx, sx, by, sy.
Effects = dict[str, pd.DataFrame]


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """The matrices here are small, and threads would only wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages have all their words and tables, and empty figures: drawing them takes most of the time of a small job."""
    monkeypatch.setattr(Drawing, "svg", lambda drawing: Markup("<svg></svg>"))


@pytest.fixture(scope="session")
def hand_made():
    """A network made by hand on the coordinates of the linear learner; of size 0 it is the identity of these."""

    def make(dataset, k=None, size=0.1, seed=0):
        linear = LinearLearner(k=k or "auto", seed=0).fit(dataset)
        given = linear.encoder
        W = np.hstack([given.z_weights, given.v_weights])
        a, (d, k) = dataset.A.shape[1], (W.shape[1], linear.k)
        rng = np.random.default_rng(seed)
        shapes = [(d + a, 8), (8, 8), (8, d)]
        encoder = NetworkEncoder(
            center=given.center,
            aux_center=given.aux_center,
            aux_weights=given.aux_weights,
            input_weights=W,
            aux_scale=dataset.A.std(axis=0),
            skip=np.vstack([np.eye(d), np.zeros((a, d))]),
            weights=[(size if shape[1] == d else 1.0) * rng.normal(size=shape) for shape in shapes],
            biases=[size * rng.normal(size=shape[1]) for shape in shapes],
            v_center=np.zeros(d - k),
            v_scale=np.ones(d - k),
            k=k,
        )
        everyone = np.vstack([encoder.residual(G, dataset.A[rows]) for rows, G in dataset.blocks()])[:, : d - k]
        kept = {name: getattr(linear.history, name) for name in ("n_learning", "people", "variability", "environments")}
        return replace(
            linear,
            encoder=replace(encoder, v_center=everyone.mean(axis=0), v_scale=everyone.std(axis=0)),
            learner={"name": "autoencoder"},
            history=History(**kept, form="autoencoder", k_stationary=k, k_available=d, training=TrainingLog(steps=0)),
        )

    return make


def golden(case: str = "ts_sim_valid") -> pd.DataFrame:
    table = pd.read_csv(GOLDEN / case / "inputs.csv")
    return table.rename(columns={"SNP": "id", "bxse": "sx", "byse": "sy"})


def simulated(p: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sx = rng.uniform(0.004, 0.008, p)
    bx = rng.normal(0, 0.04, p)
    sy = 1.3 * sx
    return pd.DataFrame(
        {"id": [f"rs{i}" for i in range(p)], "bx": bx, "sx": sx, "by": 0.3 * bx + sy * rng.normal(size=p), "sy": sy}
    )


def interval(beta: float, se: float) -> dict[str, float]:
    return {"beta": beta, "se": se, "ci_low": beta - 1.96 * se, "ci_high": beta + 1.96 * se}


def rows_of(exposure: str, frame: pd.DataFrame) -> tuple[dict[str, list[dict]], list[dict]]:
    """Tables and lines of one exposure."""
    bx, by, sx, sy = (frame[name].to_numpy(float) for name in ("bx", "by", "sx", "sy"))
    main, p = ivw(bx, by, sx, sy), len(bx)
    made = [("IVW", main.beta, main.se, 0.0)]
    if p > 2 and np.ptp(bx) > 0:
        other = egger(bx, by, sx, sy)
        made.append(("MR-Egger", other.beta, other.se, other.details.intercept))
    base = {"instruments": "G", "adjustment": "none", "basis": "linear", "exposure": exposure, "alpha": 0.05}
    base |= {"se_type": "random effects", "n": None, "k": p}
    found = ConfidenceSet(((main.beta - main.se, main.beta), (main.beta + main.se, main.beta + 2 * main.se)), 0.05)
    estimates = [
        *(Estimate(method=name, beta=b, se=se, primary=name == "IVW", **base) for name, b, se, _ in made),
        Estimate(method="Contamination mixture", beta=main.beta, se=float("nan"), ci_ar=found, **base),
    ]
    weight = bx**2 / sy**2
    ratio, q = by / bx, (by / bx - main.beta) ** 2 * weight
    left = (
        []
        if p == 1
        else [
            (name, (weight @ ratio - w * r) / (weight.sum() - w), main.se)
            for name, w, r in zip(frame["id"], weight, ratio, strict=True)
        ]
    )
    tables = {
        "estimates": [estimate.to_dict() for estimate in estimates],
        "single_variants": [
            {"exposure": exposure, "id": name, **interval(r, w**-0.5), "p_value": 0.5}
            for name, r, w in zip(frame["id"], ratio, weight, strict=True)
        ],
        "leave_one_out": [
            {"exposure": exposure, "without": name, **interval(beta, se)}
            for name, beta, se in [*left, ("none", main.beta, main.se)]
        ],
        "associations": [
            {
                "exposure": exposure,
                "id": frame["id"].iloc[i],
                "effect_allele": "A",
                "other_allele": "C",
                "beta_exposure": bx[i],
                "se_exposure": sx[i],
                "beta_outcome": by[i],
                "se_outcome": sy[i],
                "weight": weight[i],
                "q": q[i],
                "outlier": bool(q[i] > 9) if p > 3 else None,
            }
            for i in range(p)
        ],
    }
    lines = [{"exposure": exposure, "method": name, "slope": b, "intercept": at} for name, b, _, at in made]
    return tables, lines


def report_of(effects: Effects, outcome: str = "sbp") -> ReportData:
    tables: dict[str, list[dict]] = {}
    lines: list[dict] = []
    for exposure, frame in effects.items():
        own, drawn = rows_of(exposure, frame)
        for title, rows in own.items():
            tables.setdefault(title, []).extend(rows)
        lines += drawn
    p = len(next(iter(effects.values())))
    tables["tests"] = [
        TestResult("strength", "no effect", "pass", "mean F 31.2", statistic=31.2).to_dict(),
        TestResult("heterogeneity", "one effect", "warn", "I2 63 %", statistic=210.3, df="chi2(78)").to_dict(),
        TestResult("direction", "as much of both", "pass", "more of the exposure", p_value=1e-20).to_dict(),
    ]
    tables["individuals_and_variants"] = [
        {"unit": "variants", "stage": "read", "reason": "in the exposure's table", "removed": 0, "remaining": p + 3},
        {"unit": "variants", "stage": "filter", "reason": "no partner", "removed": 3, "remaining": p},
    ]
    tables["variants_left_out"] = [
        {"id": "gone1", "keep": False, "drop_reason": "no partner"},
        {"id": "rs1", "keep": True},
    ]
    facts = {
        "design": "two-sample",
        "exposures": list(effects),
        "outcome": outcome,
        "outcome_type": "continuous",
        "n_exposure": 339_000,
        "n_outcome": 317_754,
        "variants": p,
        "alpha": 0.05,
        "seed": 0,
        "version": "0.1.0",
        "command": "latentmr summary",
        "action": 2,
        "p_value": 5e-8,
        "harmonisation": "brought to the same allele",
    }
    answer = f"One unit of {next(iter(effects))} changes {outcome} by {tables['estimates'][0]['beta']:.4f}."
    verdict = Verdict("caution", "valid variants", ("a reason",))
    return ReportData(
        f"{' and '.join(effects)} on {outcome}", answer, verdict, tables, facts=facts, figures={"lines": lines}
    )


@pytest.fixture(scope="session")
def two_sample_report() -> Callable[..., ReportData]:
    """Makes a report from effects of variants by exposure."""
    return report_of


@pytest.fixture(scope="session")
def effects() -> Callable[..., pd.DataFrame]:
    """Effects of p simulated variants; by default those of a golden case."""
    return lambda p=None, seed=0: golden() if p is None else simulated(p, seed)


@pytest.fixture
def report_of_golden_effects() -> ReportData:
    return report_of({"bmi": golden()})
