"""The flow: maximum likelihood asks for invariance, independence and entropy at once."""

from dataclasses import dataclass

from latentmr.data import Dataset
from latentmr.learn.flow.settings import FlowSettings
from latentmr.learn.learner import Learner, Watch
from latentmr.learn.linear.learner import form_for
from latentmr.learn.representation import Representation

__all__ = ["FlowLearner"]


@dataclass(frozen=True, kw_only=True)
class FlowLearner(FlowSettings, Learner):
    """Instruments by a normalizing flow with one law of the instruments for all environments.

    An invertible network maps genotypes to ``(z, v)``; its likelihood is that of ``z`` under one law for all
    environments, times that of ``v`` under a law for each environment, times the determinant of the map. Maximum
    likelihood then makes ``z`` independent of ``v`` and of the environment, with no weights to choose. The distribution
    function of each coordinate of ``z`` brings it to the unit interval, where it is uniform. Several short trainings,
    one of which begins at the linear learner's solution, compete on people held out; the best is trained on.

    In the factor form, that of allele counts, the linear learner's factors are ``v``, and a normal law of its
    instruments given ``v``, the same in all environments, is learned on top: ``z`` is what that law leaves, on the
    scale of the linear instruments. Where people held out do not speak for it, the instruments stay linear.

    Parameters
    ----------
    k : int or "auto"
        Number of instruments. Fewer than the exogenous dimensions are still valid instruments, of less strength. Auto:
        found by short flows on people held out; in the factor form as many as the linear learner has.
    form : str
        Of the linear learner that it starts from: ``auto``, ``stationary`` or ``factor``; auto takes the factor form
        for counts and dosages.
    n_factors : int or "auto"
        Of the linear learner, in its factor form.
    steps : int
        Of training, at most.
    starts : int
        Short trainings; the first begins at the linear solution, the others at random rotations. The better half is
        trained on once more before the best is chosen. The factor form has one.
    layers : int
        Each a linear map, then an increasing function of every coordinate.
    bends : int
        Of each of these functions.
    components : int
        Logistic components of the law of each instrument.
    batch_size, learning_rate, device, jobs, seed, checkpoint, checkpoint_every, resume
        As of :class:`~latentmr.learn.AutoencoderLearner`.

    Examples
    --------
    >>> from latentmr.simulate import linear
    >>> data = linear(n_per_env=200, seed=1).dataset
    >>> model = FlowLearner(k=3, steps=20, starts=1).fit(data)
    >>> model.encode(data.G).shape, model.form
    ((800, 3), 'flow')
    """

    def fit(self, dataset: Dataset, watch: Watch | None = None) -> Representation:
        """Learn instruments from the rows in learning.

        Parameters and errors are those of :meth:`AutoencoderLearner.fit`; besides, a ValueError outside the factor
        form where genotypes are counts or dosages or a column takes few values: the likelihood of a density would have
        no bound.

        Returns
        -------
        Representation
            Of form ``flow``, or ``factor``.
        """
        self.refuse_without_torch()
        from latentmr.learn.flow.factor_flow import learn_factor_flow  # noqa: PLC0415  torch loads where it is used
        from latentmr.learn.flow.fit import learn_flow  # noqa: PLC0415  torch loads where it is used

        learn = learn_factor_flow if form_for(self.form, dataset) == "factor" else learn_flow
        return learn(self, dataset, watch)
