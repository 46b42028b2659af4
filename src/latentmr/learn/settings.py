"""Define and check the hyperparameters that all learners share."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from numbers import Integral

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.results.record import shorten

__all__ = ["FORMS", "LearnerSettings", "count_or_auto", "described", "whole"]


FORMS = ("auto", "stationary", "factor")


@dataclass(frozen=True, kw_only=True, repr=False)
class LearnerSettings:
    """Hyperparameters that all learners share.

    Parameters
    ----------
    k : int or "auto"
        Number of instruments.
    form : str
        Form of the linear learner: ``auto``, ``stationary`` or ``factor``.
    n_factors : int or "auto"
        Number of factors of the factor form.
    """

    k: int | str = "auto"
    form: str = "auto"
    n_factors: int | str = "auto"

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ArgumentError("form", f"be one of {', '.join(FORMS)}", f"{self.form!r}", "use one of these names")
        self._set(k=count_or_auto("k", self.k, 1), n_factors=count_or_auto("n_factors", self.n_factors, 0))

    @property
    def number(self) -> int | None:
        """Number of instruments, or None if it is to be chosen automatically."""
        return None if isinstance(self.k, str) else self.k

    @property
    def number_of_factors(self) -> int | None:
        """Number of factors, or None if it is to be chosen automatically."""
        return None if isinstance(self.n_factors, str) else self.n_factors

    def __repr__(self) -> str:
        values = [(one, getattr(self, one.name)) for one in fields(self)]
        changed = [f"{one.name}={value!r}" for one, value in values if value != one.default]
        return f"{type(self).__name__}({', '.join(changed)})"

    @property
    def settings(self) -> dict[str, object]:
        """Return the hyperparameters that affect the result, which a saved model keeps."""
        return {name: value for name, value in self._given().items() if name not in self._do_not_decide()}

    def _given(self) -> dict[str, object]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def _do_not_decide(self) -> tuple[str, ...]:
        """Return the names of hyperparameters that do not affect the result."""
        return ()

    def _set(self, **values: object) -> None:
        """Store a checked value in its standard type."""
        for name, value in values.items():
            object.__setattr__(self, name, value)


def described(learner: Mapping[str, object]) -> str:
    """Describe a learner by the name and hyperparameters that a saved model keeps.

    Parameters
    ----------
    learner : mapping
        Name under ``name``, and hyperparameters.

    Returns
    -------
    str
        For example ``flow(k=3, seed=0)``: the hyperparameters that differ from the defaults, and the seed.
    """
    name = str(learner.get("name", "unknown"))
    defaults = _defaults(f"{name.title()}Learner")
    shown = {
        key: value
        for key, value in learner.items()
        if key != "name" and (key == "seed" or key not in defaults or value != defaults[key])
    }
    return f"{name}({', '.join(f'{key}={shorten(value)}' for key, value in shown.items())})"


def _defaults(name: str, kind: type[LearnerSettings] = LearnerSettings) -> dict[str, object]:
    """Return the settings of a learner of a class with default hyperparameters; empty if no class has the name."""
    if kind.__name__ == name:
        return kind().settings
    return next((found for each in kind.__subclasses__() if (found := _defaults(name, each))), {})


def count_or_auto(name: str, value: int | str | None, least: int) -> int | str:
    """Check a number that can also be ``auto``, or text.

    Raises
    ------
    ValueError
        If the value is neither ``auto`` nor a whole number, or is too small.
    """
    if value is None or value == "auto":
        return "auto"
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ArgumentError(
            f"{name}", f"be auto or a whole number from {least}", f"{value!r}", f"use auto or a number from {least}"
        )
    return int(value)


def whole(name: str, value: int, least: int) -> int:
    """Check a whole number.

    Raises
    ------
    ValueError
        If the value is not a whole number, or is too small.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ArgumentError(f"{name}", f"be a whole number from {least}", f"{value!r}", f"use {least} or more")
    return int(value)
