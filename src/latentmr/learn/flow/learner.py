"""Define the flow: maximum likelihood pursues invariance, independence and entropy at once."""

from dataclasses import dataclass

from latentmr.data import Dataset
from latentmr.learn.flow.settings import FlowSettings
from latentmr.learn.learner import Learner, Watch
from latentmr.learn.linear.learner import form_for
from latentmr.learn.representation import Representation

__all__ = ["FlowLearner"]


@dataclass(frozen=True, kw_only=True, repr=False)
class FlowLearner(FlowSettings, Learner):
    """Instruments from a normalizing flow whose instruments have one distribution in all environments.

    An invertible network maps genotypes to ``(z, v)``. Its likelihood has three factors: the density of ``z``, the same
    in all environments; the density of ``v`` in each environment; and the determinant of the map. Maximum likelihood
    therefore makes ``z`` independent of ``v`` and of the environment, with no weights to choose. The distribution
    function of each coordinate of ``z`` maps it to the unit interval, where it is uniform. Several random restarts
    compete on held-out individuals, and the best is trained to the end. One restart begins at the linear learner's
    solution.

    In the factor form, which suits allele counts, ``v`` holds the linear learner's factors. The flow learns a normal
    distribution of the linear instruments given ``v``, the same in all environments. The instruments ``z`` are what
    that distribution leaves unexplained, on the scale of the linear instruments. The instruments stay linear if the
    likelihood of held-out individuals does not clearly rise.

    Parameters
    ----------
    k : int or "auto"
        Number of instruments. If it is smaller than the number of exogenous dimensions, the instruments are still valid
        but weaker. With ``auto``, short flows compared on held-out individuals choose the number; in the factor form it
        is the linear learner's number.
    form : str
        Form of the linear learner that provides the initial solution: ``auto``, ``stationary`` or ``factor``. With
        ``auto``, counts and dosages take the factor form.
    n_factors : int or "auto"
        Number of factors of the linear learner, in its factor form.
    steps : int
        Maximum number of training steps.
    starts : int
        Number of random restarts: short training runs that compete on held-out individuals. The first begins at the
        linear solution, the others at random rotations of it. The better half is trained once more before the best is
        chosen. The factor form has one.
    layers : int
        Number of layers; each is a linear map followed by an increasing function of every coordinate.
    bends : int
        Number of bends of each of these functions.
    components : int
        Number of logistic components of the distribution of each instrument.
    batch_size, learning_rate, device, jobs, seed, checkpoint, checkpoint_every, resume
        As for :class:`~latentmr.learn.AutoencoderLearner`.

    Examples
    --------
    >>> from latentmr.simulate import linear
    >>> data = linear(n_per_env=200, seed=1).dataset
    >>> model = FlowLearner(k=3, steps=20, starts=1).fit(data)
    >>> model.encode(data.G).shape, model.form
    ((800, 3), 'flow')
    """

    def fit(self, dataset: Dataset, watch: Watch | None = None) -> Representation:
        """Learn instruments from the rows marked for learning.

        Parameters and errors are those of :meth:`AutoencoderLearner.fit`. Outside the factor form, a ValueError also
        occurs if genotypes are counts or dosages or if a column takes few values: the likelihood of a density would
        have no bound.

        Returns
        -------
        Representation
            A representation of form ``flow`` or ``factor``.
        """
        self.refuse_without_torch()
        from latentmr.learn.flow.factor_flow import learn_factor_flow  # noqa: PLC0415  torch loads where it is used
        from latentmr.learn.flow.fit import learn_flow  # noqa: PLC0415  torch loads where it is used

        learn = learn_factor_flow if form_for(self.form, dataset) == "factor" else learn_flow
        return learn(self, dataset, watch)
