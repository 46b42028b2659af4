"""The effect of an exposure on a 0/1 outcome, on any scale."""

from dataclasses import dataclass, field

import numpy as np

from latentmr.results.objects import Details, Estimate, TestResult

__all__ = ["MEASURES", "BinaryEstimate", "OutcomeEquation"]


#: Effect measure by the link of the outcome equation.
MEASURES = {
    "identity": "risk difference",
    "log": "log risk ratio",
    "logmult": "log risk ratio",
    "logit": "log odds ratio",
    "probit": "probit",
}


@dataclass(frozen=True, repr=False)
class OutcomeEquation(Details):
    """The fitted equation of a 0/1 outcome.

    Parameters
    ----------
    link : str
        The scale on which effects are additive: a link, or the moment conditions of an MSMM.
    measure : str
        ``risk difference``, ``log risk ratio``, ``log odds ratio`` or ``probit``.
    conditional : bool
        Whether the effect is conditional on the covariates (and in TSRI on the first-stage residual). Odds ratios and
        probits are not collapsible: they change with the adjustment even without confounding.
    coefficients, standard_errors : dict of str to float
        Values by the name of the regressor.
    hansen_j : TestResult or None
        Overidentification test of an MSMM.
    """

    link: str
    measure: str
    conditional: bool
    coefficients: dict[str, float] = field(default_factory=dict)
    standard_errors: dict[str, float] = field(default_factory=dict)
    hansen_j: TestResult | None = None


@dataclass(frozen=True, repr=False)
class BinaryEstimate(Estimate):
    """Effect of an exposure on a 0/1 outcome: an estimate of method ``TSPS``, ``TSRI`` or ``MSMM``.

    ``beta`` is the change of the measure per unit of the exposure, ``se`` its standard error; ``scale`` names the
    measure.

    Parameters
    ----------
    details : OutcomeEquation
        The outcome equation. Other parameters are those of :class:`~latentmr.Estimate`.

    Examples
    --------
    >>> details = OutcomeEquation("log", "log risk ratio", conditional=False)
    >>> row = BinaryEstimate("TSPS", "Z", "none", "linear", "x", 0.0, 0.1, "HC0", 0.05, 100, 1, details=details)
    >>> row.ratio, [round(end, 3) for end in row.ratio_interval]
    (1.0, [0.822, 1.217])
    """

    details: OutcomeEquation = field(kw_only=True)

    def __repr__(self) -> str:
        ratio = "" if self.ratio is None else f"; ratio {self.ratio:.4g}"
        return (
            f"{self.method}: {self.exposure} {self.beta:.4g} (standard error {self.se:.4g},"
            f" {100 * (1 - self.alpha):g} % Wald interval [{self.ci_low:.4g}, {self.ci_high:.4g}]),"
            f" {self.scale}{ratio}; {self.se_type} errors"
        )

    @property
    def link(self) -> str:
        """The scale on which effects are additive."""
        return self.details.link

    @property
    def measure(self) -> str:
        """The measure that ``beta`` is a change of."""
        return self.details.measure

    @property
    def conditional(self) -> bool:
        """Whether the effect depends on the adjustment even without confounding."""
        return self.details.conditional

    @property
    def coefficients(self) -> dict[str, float]:
        """Coefficients of the outcome equation, by regressor."""
        return self.details.coefficients

    @property
    def standard_errors(self) -> dict[str, float]:
        """Standard errors of :attr:`coefficients`."""
        return self.details.standard_errors

    @property
    def hansen_j(self) -> TestResult | None:
        """Overidentification test of an MSMM."""
        return self.details.hansen_j

    @property
    def ratio(self) -> float | None:
        """Risk or odds ratio ``exp(beta)``; None for other measures."""
        return float(np.exp(self.beta)) if self.measure.startswith("log") else None

    @property
    def ratio_interval(self) -> tuple[float, float] | None:
        """Interval of :attr:`ratio`: the interval on the log scale, exponentiated."""
        ends = float(np.exp(self.ci_low)), float(np.exp(self.ci_high))
        return ends if self.measure.startswith("log") else None
