"""Learning: instruments from genotypes and environments, never from exposures or outcomes.

>>> from dataclasses import replace
>>> from latentmr.learn import FlowLearner
>>> learner = FlowLearner(k=3, seed=1)
>>> replace(learner, steps=500) == FlowLearner(k=3, steps=500, seed=1)
True
"""

from latentmr.learn.autoencoder.learner import AutoencoderLearner
from latentmr.learn.flow.learner import FlowLearner
from latentmr.learn.learner import Learner, Progress
from latentmr.learn.linear.learner import LinearLearner
from latentmr.learn.representation import Representation
from latentmr.results.history import History

__all__ = ["AutoencoderLearner", "FlowLearner", "History", "Learner", "LinearLearner", "Progress", "Representation"]
