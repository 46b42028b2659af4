"""Learning: instruments from genotypes and environments, never from exposures or outcomes."""

from latentmr.learn.learner import Learner
from latentmr.learn.linear import LinearLearner
from latentmr.learn.representation import Representation

__all__ = ["Learner", "LinearLearner", "Representation"]
