"""Levels at which tests speak in the verdict: many are made, so each is stricter than 5 %."""

__all__ = ["OF_ESTIMATES", "OF_INSTRUMENTS"]

#: Of the tests of the learned instruments, if an effect size decides too.
OF_INSTRUMENTS = 0.01
#: Of the tests of the estimate, overidentification and heterogeneity: they see a bias far smaller than the estimate's
#: standard error, so that a larger level would doubt good answers and find no bad one more.
OF_ESTIMATES = 0.001
