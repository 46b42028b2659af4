"""Learning: instruments from genotypes and environments, never from exposures or outcomes."""

from latentmr.learn.autoencoder import AutoencoderLearner
from latentmr.learn.learner import Learner, Progress
from latentmr.learn.linear import LinearLearner
from latentmr.learn.representation import Representation

__all__ = ["AutoencoderLearner", "Learner", "LinearLearner", "Progress", "Representation"]
