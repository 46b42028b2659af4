"""Effects of every variant, or without every variant, in one table."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from latentmr.two_sample.methods.effects import SummaryEffect
from latentmr.typing import Array

__all__ = ["EffectsByVariant", "judged_each"]


@dataclass(frozen=True)
class EffectsByVariant:
    """An effect for each of p variants, beside those of all variants together.

    Parameters
    ----------
    method : str
    beta, se, ci_low, ci_high, p_value : np.ndarray of dimension (p,)
    together : tuple of SummaryEffect
        Of all variants.
    """

    method: str
    beta: Array
    se: Array
    ci_low: Array
    ci_high: Array
    p_value: Array
    together: tuple[SummaryEffect, ...]


def judged_each(
    method: str, beta: Array, se: Array, together: tuple[SummaryEffect, ...], *, df: float = np.inf, alpha: float = 0.05
) -> EffectsByVariant:
    """Wald intervals and p values by Student's t distribution, normal for infinite degrees of freedom."""
    law = stats.t(df) if np.isfinite(df) else stats.norm
    half = law.isf(alpha / 2) * se
    return EffectsByVariant(method, beta, se, beta - half, beta + half, 2 * law.sf(np.abs(beta) / se), together)
