"""Estimates of one model: a tuple that reads as its only estimate where there is one exposure."""

from typing import Any

from latentmr.errors import ArgumentError
from latentmr.results.estimate import ConfidenceSet, Details, Estimate

__all__ = ["Estimates"]


def _of_the_only_one(name: str) -> Any:
    """An attribute that is that of the only estimate."""

    def get(self: "Estimates") -> Any:
        return getattr(self.only(name), name)

    return property(get, doc=f"``{name}`` of the only estimate; with several exposures, take one of them first.")


class Estimates(tuple[Estimate, ...]):
    """Estimates of one model, one for each exposure.

    It is a tuple, whatever the number of exposures: ``for estimate in estimates``, ``estimates[0]``. With one exposure
    it has the attributes of its only estimate too: ``estimates.beta`` is ``estimates[0].beta``. With several,
    these raise a ValueError that says to take one of them.

    Examples
    --------
    >>> ldl = Estimate("LIML", "Z", "none", "linear", "ldl", 0.5, 0.1, "HC1", 0.05, 1000, 3)
    >>> Estimates([ldl]).beta, Estimates([ldl])[0].beta, len(Estimates([ldl, ldl]))
    (0.5, 0.5, 2)
    """

    __slots__ = ()

    method: str = _of_the_only_one("method")
    instruments: str = _of_the_only_one("instruments")
    adjustment: str = _of_the_only_one("adjustment")
    basis: str = _of_the_only_one("basis")
    exposure: str = _of_the_only_one("exposure")
    beta: float = _of_the_only_one("beta")
    se: float = _of_the_only_one("se")
    se_type: str = _of_the_only_one("se_type")
    alpha: float = _of_the_only_one("alpha")
    n: int | None = _of_the_only_one("n")
    k: int = _of_the_only_one("k")
    f_statistic: float | None = _of_the_only_one("f_statistic")
    effective_f: float | None = _of_the_only_one("effective_f")
    ci_ar: ConfidenceSet | None = _of_the_only_one("ci_ar")
    ci_clr: ConfidenceSet | None = _of_the_only_one("ci_clr")
    primary: bool = _of_the_only_one("primary")
    scale: str = _of_the_only_one("scale")
    interval: tuple[float, float] | None = _of_the_only_one("interval")
    details: Details | None = _of_the_only_one("details")
    ci: ConfidenceSet | None = _of_the_only_one("ci")
    ci_low: float = _of_the_only_one("ci_low")
    ci_high: float = _of_the_only_one("ci_high")
    p_value: float = _of_the_only_one("p_value")
    robust_set: ConfidenceSet | None = _of_the_only_one("robust_set")

    def only(self, name: str = "the estimate") -> Estimate:
        """Return the only estimate.

        Parameters
        ----------
        name : str
            What is asked of it, for the message.

        Returns
        -------
        Estimate

        Raises
        ------
        ValueError
            With several exposures.
        """
        if len(self) != 1:
            exposures = ", ".join(estimate.exposure for estimate in self)
            raise ArgumentError(
                f"{name}",
                "be asked of one exposure",
                f"estimates of {len(self)} ({exposures})",
                "take one of them, such as estimates[0]",
            )
        return self[0]

    def to_dict(self) -> dict[str, Any]:
        """Columns of ``estimates.tsv`` of the only estimate."""
        return self.only("to_dict").to_dict()

    def __repr__(self) -> str:
        return f"Estimates({super().__repr__()[1:-1].rstrip(',')})"
