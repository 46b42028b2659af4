"""The cross-environment autoencoder: the learner of the paper."""

from dataclasses import dataclass

from latentmr.data import Dataset
from latentmr.learn.autoencoder.settings import AutoencoderSettings
from latentmr.learn.learner import Learner, Watch
from latentmr.learn.representation import Representation

__all__ = ["AutoencoderLearner"]


@dataclass(frozen=True, kw_only=True)
class AutoencoderLearner(AutoencoderSettings, Learner):
    """Instruments by the cross-environment autoencoder of Huang, Robinson and Locatello (2026).

    An encoder maps genotypes to ``(z, v_hat)``, with instruments ``z`` in the unit cube, and a decoder maps these back.
    Trained for four things at once: that the genotypes can be reconstructed; that the law of ``z`` is the same in all
    environments (maximum mean discrepancy); that ``z`` is independent of the pair of ``v_hat`` and environment
    (Hilbert-Schmidt criterion); and that its entropy is as large as it can be (distance from the uniform law). Several
    short trainings, one of which begins at the linear learner's solution, compete on people held out; the best is
    trained on.

    Parameters
    ----------
    k : int or "auto"
        Number of instruments. Fewer than the exogenous dimensions are still valid instruments, of less strength. Auto:
        found by short flows on people held out; in the factor form as many as the linear learner has.
    form : str
        Of the linear learner that it starts from: ``auto``, ``stationary`` or ``factor``.
    n_factors : int or "auto"
        Of the linear learner, in its factor form.
    steps : int
        Of training, at most.
    starts : int
        Short trainings; the first begins at the linear solution, the others at random rotations.
    width, depth : int
        Hidden units in a layer; hidden layers, of encoder and of decoder.
    batch_size : int
        People of a minibatch, as many from each environment.
    learning_rate : float
        Largest step of Adam.
    weights : mapping of str to float, optional
        Of the parts ``reconstruction``, ``invariance``, ``independence``, ``entropy``, where not the usual ones.
    device : str
        ``auto``, ``cpu`` or ``cuda``; auto takes an accelerator where there is one.
    jobs : int, optional
        Processes for the starts; as many as cores by default. Results do not depend on it.
    seed : int
        Same seed, same numbers.
    checkpoint : path, optional
        File that the state of training is written to.
    checkpoint_every : int
        Steps between checkpoints.
    resume : bool
        Go on from the checkpoint, to the digit as if it had never stopped.

    Examples
    --------
    >>> from latentmr.simulate import linear
    >>> data = linear(n_per_env=200, seed=1).dataset
    >>> model = AutoencoderLearner(k=3, steps=20, starts=1).fit(data)
    >>> model.encode(data.G).shape, model.form
    ((800, 3), 'autoencoder')
    """

    def fit(self, dataset: Dataset, watch: Watch | None = None) -> Representation:
        """Learn instruments from the rows in learning.

        An interrupt during training ends it with the best network so far, which is said in the history of what is
        returned (``stopped``); before that, it stops learning altogether.

        Parameters
        ----------
        dataset : Dataset
            With at least two usable environments and fewer variants than people.
        watch : callable, optional
            Told the stage, the step and the losses on held-out people.

        Returns
        -------
        Representation

        Raises
        ------
        ValueError
            As of :class:`~latentmr.learn.LinearLearner`; ``device="cuda"`` without an accelerator; a checkpoint that is
            absent, damaged or of another run.
        ImportError
            Where PyTorch is not installed; the message says how to install it.
        FloatingPointError
            Where losses are no longer finite numbers; the message says what to try.
        """
        self.refuse_without_torch()
        from latentmr.learn.autoencoder.fit import learn_autoencoder  # noqa: PLC0415  torch loads where it is used

        return learn_autoencoder(self, dataset, watch)
