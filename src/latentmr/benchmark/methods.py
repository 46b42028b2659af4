"""Define the methods that a benchmark compares, by name."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from latentmr.analysis import Analysis, analyse
from latentmr.analysis.diagnosis_sample import refuse_share
from latentmr.analysis.estimation import refuse_replicates
from latentmr.benchmark.adjustment import adjustment, refuse_unknown_adjustment
from latentmr.benchmark.specification import Specification, nearest
from latentmr.data.genome.association import Regressions
from latentmr.errors import ArgumentError
from latentmr.iv import InvalidInstrumentEstimate, ciiv, fuller, liml, ols, sisvive, tsht, tsls
from latentmr.learn import AutoencoderLearner, FlowLearner, LinearLearner
from latentmr.results import ConfidenceSet, Estimate, Estimates
from latentmr.simulate import Simulated, refuse_number_of_components, with_components
from latentmr.two_sample.methods import Settings, estimate_with
from latentmr.typing import Array, Row

__all__ = ["METHODS", "Found", "Method", "refuse_unknown_method"]


LEARNERS = {"linear": LinearLearner, "autoencoder": AutoencoderLearner, "flow": FlowLearner}
ESTIMATORS = ("LIML", "2SLS", "Fuller")
#: Rows of the table of estimates on learned instruments, by their adjustment.
ROWS = ("env", "env+latent")


@dataclass(frozen=True)
class Found:
    """Results of a method on one data set.

    Parameters
    ----------
    beta, se : float
        Estimate, and its standard error (NaN if the method has none).
    ci : ConfidenceSet or None
        Confidence set that the method reports.
    k : int
        Number of instruments.
    f_statistic : float or None
        First-stage F statistic.
    Z : np.ndarray of dimension (n, k) or None
        Learned instruments, if any.
    verdict : str
        Verdict of the diagnosis; empty if the method has none.
    wald : tuple of float
        Wald interval.
    """

    beta: float
    se: float
    ci: ConfidenceSet | None
    k: int
    f_statistic: float | None = None
    Z: Array | None = field(default=None, repr=False)
    verdict: str = ""
    wald: tuple[float, float] = (np.nan, np.nan)


@dataclass(frozen=True)
class Method:
    """A method.

    Parameters
    ----------
    run : callable
        Function that takes the simulated data, the seed and options, and returns :class:`Found`. Only the oracle uses
        the truth.
    says : str
        Description of the method.
    options : tuple of str
        Names of its options.
    check : callable
        Function that raises ValueError for a value that an option cannot have.
    """

    run: Callable[..., Found]
    says: str
    options: tuple[str, ...] = ()
    check: Callable[[Row], None] = lambda options: None

    def __repr__(self) -> str:
        return f"Method: {self.says}; options {', '.join(self.options)}" if self.options else f"Method: {self.says}"


def _on_genotypes(estimator: Callable[..., Estimates]) -> Callable[..., Found]:
    def run(drawn: Simulated, seed: int, *, adjust: str = "none") -> Found:
        data = drawn.dataset
        G = _genotypes(drawn)
        return _of_estimate(estimator(G, data.X, data.y, adjustment(drawn, G, adjust)).only())

    return run


def _invalid(method: Callable[..., InvalidInstrumentEstimate[Any]]) -> Callable[..., Found]:
    def run(drawn: Simulated, seed: int, *, adjust: str = "none") -> Found:
        data, G = drawn.dataset, _genotypes(drawn)
        more = {"seed": seed} if method is sisvive else {}
        found = method(G, data.X[:, 0], data.y, adjustment(drawn, G, adjust), **more)
        wald = (np.nan, np.nan) if found.ci is None else found.ci.intervals[0]
        se = np.nan if found.se is None else found.se
        return Found(found.beta, se, found.ci, len(found.valid), wald=wald)

    return run


def _on_associations(name: str) -> Callable[..., Found]:
    def run(drawn: Simulated, seed: int, *, adjust: str = "none") -> Found:
        data, G = drawn.dataset, _genotypes(drawn)
        C = adjustment(drawn, G, adjust)
        given = np.zeros((data.n, 0)) if C is None else C
        # indicators of environments are among the adjustments, if at all
        x, y = (Regressions(trait, given, np.zeros_like(data.env)).of(G) for trait in (data.X[:, 0], data.y))
        known = np.isfinite(x.beta + y.beta) & (x.se > 0) & (y.se > 0)
        bx, by, sx, sy = (each[known] for each in (x.beta, y.beta, x.se, y.se))
        e = estimate_with(name, bx, by, sx, sy, Settings(seed=seed))
        wald = (e.ci_low, e.ci_high)
        return Found(e.beta, e.se, ConfidenceSet((wald,), e.alpha), int(known.sum()), wald=wald)

    return run


def _learned(name: str) -> Callable[..., Found]:
    def run(
        drawn: Simulated,
        seed: int,
        *,
        estimator: str = "LIML",
        bootstrap: int = 100,
        diagnosis: float = 0.2,
        pcs: int | str | None = None,
        row: str = "",
        **settings: Any,
    ) -> Found:
        dataset = drawn.dataset if pcs is None else with_components(drawn.dataset, drawn.genome, pcs)
        result = analyse(dataset, _learner(name, seed, settings), bootstrap=bootstrap, diagnosis=diagnosis, seed=seed)
        found = _of_estimate(_row(result, estimator, row))
        Z = np.vstack([Z for _, Z in result.representation.encode_blocks(result.dataset)])
        return replace(found, Z=Z, verdict=result.verdict.level)

    return run


def _row(result: Analysis, estimator: str, adjustment: str) -> Estimate:
    """Return the primary row, or that of an estimator (LIML by default) and an adjustment (the primary row's)."""
    if estimator == "LIML" and not adjustment:
        return result.primary
    learned = [e for e in result.estimates if e.instruments == "learned" and e.method == estimator]
    # without residual latents there is nothing to adjust for besides environments
    latents = result.representation.encoder.v_map().shape[1]
    wanted = (adjustment or "env+latent") if latents else "env"
    row = next((e for e in learned if e.adjustment.removeprefix("covar+") == wanted), None)
    if row is None:
        rows = ", ".join(dict.fromkeys(e.adjustment for e in learned))
        raise ArgumentError("row", f"be an adjustment of {estimator} on learned instruments", wanted, f"it has {rows}")
    return row


def _learner(name: str, seed: int, settings: Mapping[str, Any]) -> Any:
    one_process = {} if name == "linear" else {"jobs": 1}
    return LEARNERS[name](seed=seed, **one_process, **settings)


def oracle(drawn: Simulated, seed: int = 0) -> Found:
    """Estimate as if the latents were known.

    This is homoskedastic 2SLS on the true ``Z``, without adjustment. If the genotypes have no exogenous latents, as
    allele counts, it is LIML on the genotypes adjusted for the true ``V``.
    """
    data, truth = drawn.dataset, drawn.truth
    if truth.Z.shape[1]:
        return _of_estimate(tsls(truth.Z, data.X, data.y, se="homoskedastic").only())
    return _of_estimate(liml(_genotypes(drawn), data.X, data.y, truth.V).only())


def _of_estimate(e: Estimate) -> Found:
    wald = (e.ci_low, e.ci_high)
    quoted = ConfidenceSet((wald,), e.alpha) if e.robust_set is None else e.robust_set
    return Found(e.beta, e.se, quoted, e.k, e.f_statistic, wald=wald)


def _genotypes(drawn: Simulated) -> Array:
    data = drawn.dataset
    return np.vstack([G for _, G in data.blocks(np.arange(data.n))])


def _check_learner(name: str) -> Callable[[Row], None]:
    def check(options: Row) -> None:
        settings = dict(options)
        estimator = settings.pop("estimator", "LIML")
        if estimator not in ESTIMATORS:
            raise ArgumentError(
                "estimator", f"be one of {', '.join(ESTIMATORS)}", f"{estimator!r}", "use one of these names"
            )
        refuse_replicates(settings.pop("bootstrap", 0))
        refuse_share(settings.pop("diagnosis", 0.0))
        refuse_number_of_components(settings.pop("pcs", "auto"))
        row = settings.pop("row", "env")
        if row not in ROWS:
            raise ArgumentError("row", f"be one of {', '.join(ROWS)}", f"{row!r}", "leave it out for the primary row")
        _learner(name, 0, settings)

    return check


def _learner_method(name: str, says: str) -> Method:
    left_out = {"self", "seed", "jobs", "weights", "device", "checkpoint", "checkpoint_every", "resume"}
    settings = [setting for setting in inspect.signature(LEARNERS[name]).parameters if setting not in left_out]
    return Method(
        _learned(name), says, ("estimator", "bootstrap", "diagnosis", "pcs", "row", *settings), _check_learner(name)
    )


def _comparator(run: Callable[..., Found], says: str) -> Method:
    return Method(run, says, ("adjust",), refuse_unknown_adjustment)


#: Methods by name; :func:`~latentmr.benchmark.adjustment.adjustment` describes ``adjust``.
METHODS = {
    "ols": _comparator(_on_genotypes(lambda G, *rest: ols(*rest)), "ordinary least squares"),
    "2sls": _comparator(_on_genotypes(tsls), "two-stage least squares on the genotypes"),
    "liml": _comparator(_on_genotypes(liml), "limited-information maximum likelihood on the genotypes"),
    "fuller": _comparator(_on_genotypes(fuller), "Fuller's estimator on the genotypes"),
    "ivw": _comparator(_on_associations("ivw"), "inverse-variance weighting of associations in the same individuals"),
    "egger": _comparator(_on_associations("egger"), "MR-Egger on associations in the same individuals"),
    "median": _comparator(
        _on_associations("weighted-median"), "weighted median of associations in the same individuals"
    ),
    "sisvive": _comparator(_invalid(sisvive), "sisVIVE: some genotypes may be invalid"),
    "tsht": _comparator(_invalid(tsht), "two-stage hard thresholding: some genotypes may be invalid"),
    "ciiv": _comparator(_invalid(ciiv), "confidence-interval method: some genotypes may be invalid"),
    "linear": _learner_method("linear", "linear learner, in closed form"),
    "autoencoder": _learner_method("autoencoder", "cross-environment autoencoder"),
    "flow": _learner_method("flow", "cross-environment normalising flow"),
    "oracle": Method(oracle, "2SLS on the true latents, or LIML on allele counts given the true ancestry"),
}


def refuse_unknown_method(method: Specification) -> None:
    """Reject a method that does not exist, or options that it does not take.

    Raises
    ------
    ValueError
        The message has the nearest name, or the options that the method takes.
    """
    if method.name not in METHODS:
        known = list(METHODS)
        raise ArgumentError(
            "method",
            f"be one of {', '.join(known)}",
            f"{method.name!r}{nearest(method.name, known)}",
            "use one of these names",
        )
    found, options = METHODS[method.name], dict(method.options)
    for name in options:
        if name not in found.options:
            takes = f"takes {', '.join(found.options)}" if found.options else "takes no option"
            raise ArgumentError(
                f"{name}", f"be left out of {method.name}, which {takes}", f"{options[name]!r}", "remove this option"
            )
    try:
        found.check(options)
    except ArgumentError as error:
        raise ArgumentError(f"method {method}: {error.argument}", error.must, error.got, error.remedy) from error
