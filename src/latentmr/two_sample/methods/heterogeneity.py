"""How far variants disagree on the effect, as several methods tell it."""

from dataclasses import dataclass

from latentmr.results.objects import Details

__all__ = ["Heterogeneity", "Overdispersed"]


@dataclass(frozen=True, kw_only=True)
class Heterogeneity(Details):
    """Q of a method that has one.

    Parameters
    ----------
    q_statistic : float
        Weighted sum of squared residuals; chi-squared if the model holds.
    q_df : int
        Its degrees of freedom.
    q_p_value : float or None
        None if Q is not tested.
    """

    q_statistic: float
    q_df: int
    q_p_value: float | None = None


@dataclass(frozen=True, kw_only=True)
class Overdispersed(Heterogeneity):
    """Q, and the spread of balanced pleiotropic effects beside it.

    Parameters
    ----------
    q_statistic, q_df, q_p_value
        See :class:`Heterogeneity`.
    overdispersion : float or None
        Variance of pleiotropic effects, as the method scales it; None if it allows for none.
    """

    overdispersion: float | None = None
