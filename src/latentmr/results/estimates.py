"""Estimates of one model: a tuple with the attributes of its only estimate if there is one exposure."""

from typing import Any

from latentmr.errors import ArgumentError
from latentmr.results.estimate import ConfidenceSet, Details, Estimate
from latentmr.results.text import PrintsHtml, first_of

__all__ = ["Estimates"]


def _of_the_only_estimate(name: str) -> Any:
    """Return a property that reads an attribute of the only estimate."""

    def get(self: "Estimates") -> Any:
        return getattr(self.only(name), name)

    return property(get, doc=f"``{name}`` of the only estimate. With several exposures, select one estimate first.")


class Estimates(PrintsHtml, tuple[Estimate, ...]):
    """Estimates of one model, one for each exposure.

    It is a tuple, whatever the number of exposures: ``for estimate in estimates``, ``estimates[0]``. With one exposure
    it also has the attributes of its only estimate: ``estimates.beta`` is ``estimates[0].beta``. With several
    exposures these attributes raise a ValueError that asks to select one estimate. It prints one line per estimate.

    Examples
    --------
    >>> ldl = Estimate("LIML", "Z", "none", "linear", "ldl", 0.5, 0.1, "HC1", 0.05, 1000, 3)
    >>> Estimates([ldl]).beta, Estimates([ldl])[0].beta, len(Estimates([ldl, ldl]))
    (0.5, 0.5, 2)
    """

    __slots__ = ()

    method: str = _of_the_only_estimate("method")
    instruments: str = _of_the_only_estimate("instruments")
    adjustment: str = _of_the_only_estimate("adjustment")
    basis: str = _of_the_only_estimate("basis")
    exposure: str = _of_the_only_estimate("exposure")
    beta: float = _of_the_only_estimate("beta")
    se: float = _of_the_only_estimate("se")
    se_type: str = _of_the_only_estimate("se_type")
    alpha: float = _of_the_only_estimate("alpha")
    n: int | None = _of_the_only_estimate("n")
    k: int = _of_the_only_estimate("k")
    f_statistic: float | None = _of_the_only_estimate("f_statistic")
    effective_f: float | None = _of_the_only_estimate("effective_f")
    ci_ar: ConfidenceSet | None = _of_the_only_estimate("ci_ar")
    ci_clr: ConfidenceSet | None = _of_the_only_estimate("ci_clr")
    primary: bool = _of_the_only_estimate("primary")
    scale: str = _of_the_only_estimate("scale")
    interval: tuple[float, float] | None = _of_the_only_estimate("interval")
    details: Details | None = _of_the_only_estimate("details")
    ci: ConfidenceSet | None = _of_the_only_estimate("ci")
    ci_low: float = _of_the_only_estimate("ci_low")
    ci_high: float = _of_the_only_estimate("ci_high")
    p_value: float = _of_the_only_estimate("p_value")
    robust_set: ConfidenceSet | None = _of_the_only_estimate("robust_set")

    def only(self, name: str = "the estimate") -> Estimate:
        """Return the only estimate.

        Parameters
        ----------
        name : str
            Name of the attribute that was asked for, used in the message.

        Returns
        -------
        Estimate

        Raises
        ------
        ValueError
            If there are several exposures.
        """
        if len(self) != 1:
            exposures = ", ".join(estimate.exposure for estimate in self)
            raise ArgumentError(
                f"{name}",
                "be asked of one exposure",
                f"estimates of {len(self)} ({exposures})",
                "select one of them, such as estimates[0]",
            )
        return self[0]

    def to_dict(self) -> dict[str, Any]:
        """Return the columns of ``estimates.tsv`` for the only estimate."""
        return self.only("to_dict").to_dict()

    def __repr__(self) -> str:
        """Describe each estimate in one line."""
        return "\n".join(first_of([repr(estimate) for estimate in self], 15)) or "Estimates()"
