"""Significance levels of the tests of an analysis, which are stricter than 5 % because there are many tests."""

__all__ = ["OF_ESTIMATES", "OF_INSTRUMENTS", "OF_SETS"]

#: Level of the tests of the learned instruments, for which an effect size decides too.
OF_INSTRUMENTS = 0.01
#: Level of the tests of the estimate (overidentification, heterogeneity). They detect a bias far smaller than the
#: standard error of the estimate, so that a larger level would flag good estimates without detecting more biased ones.
OF_ESTIMATES = 0.001
#: Usual level of confidence sets. Reasons of tests mention a p-value between their own level and this one.
OF_SETS = 0.05
