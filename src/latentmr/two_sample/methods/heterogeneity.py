"""Heterogeneity statistics that several methods share."""

from dataclasses import dataclass

from latentmr.results.objects import Details

__all__ = ["Heterogeneity", "Overdispersed"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Heterogeneity(Details):
    """Heterogeneity statistic Q of a method.

    Parameters
    ----------
    q_statistic : float
        Weighted sum of squared residuals; chi-squared if the model holds.
    q_df : int
        Degrees of freedom of Q.
    q_p_value : float or None
        P value of Q; None if Q is not tested.
    """

    q_statistic: float
    q_df: int
    q_p_value: float | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class Overdispersed(Heterogeneity):
    """Heterogeneity statistic Q, and the variance of balanced pleiotropic effects.

    Parameters
    ----------
    q_statistic, q_df, q_p_value
        See :class:`Heterogeneity`.
    overdispersion : float or None
        Variance of pleiotropic effects on the method's scale; None if the method does not allow for them.
    """

    overdispersion: float | None = None
