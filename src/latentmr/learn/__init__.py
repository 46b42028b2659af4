"""Learning: instruments from genotypes and environments, never from exposures or outcomes."""

from latentmr.learn.autoencoder.learner import AutoencoderLearner
from latentmr.learn.flow.learner import FlowLearner
from latentmr.learn.learner import Learner, Progress
from latentmr.learn.linear.learner import LinearLearner
from latentmr.learn.representation import Representation

__all__ = ["AutoencoderLearner", "FlowLearner", "Learner", "LinearLearner", "Progress", "Representation"]
