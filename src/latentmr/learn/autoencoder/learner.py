"""Define the cross-environment autoencoder, the learner of the paper."""

from dataclasses import dataclass

from latentmr.data import Dataset
from latentmr.learn.autoencoder.settings import AutoencoderSettings
from latentmr.learn.learner import Learner, Watch
from latentmr.learn.representation import Representation

__all__ = ["AutoencoderLearner"]


@dataclass(frozen=True, kw_only=True, repr=False)
class AutoencoderLearner(AutoencoderSettings, Learner):
    """Instruments from the cross-environment autoencoder of Huang, Robinson and Locatello (2026).

    An encoder maps genotypes to ``(z, v_hat)``, with instruments ``z`` in the unit cube, and a decoder maps these back.
    Training pursues four goals at once.

    - The genotypes can be reconstructed.
    - The distribution of ``z`` is the same in all environments (maximum mean discrepancy).
    - The instruments ``z`` are independent of the pair of ``v_hat`` and environment (Hilbert-Schmidt criterion).
    - The entropy of ``z`` is as large as possible (distance from the uniform distribution).

    Several random restarts compete on held-out individuals, and the best is trained to the end. One restart begins at
    the linear learner's solution.

    Parameters
    ----------
    k : int or "auto"
        Number of instruments. If it is smaller than the number of exogenous dimensions, the instruments are still valid
        but weaker. With ``auto``, short flows compared on held-out individuals choose the number; in the factor form it
        is the linear learner's number.
    form : str
        Form of the linear learner that provides the initial solution: ``auto``, ``stationary`` or ``factor``.
    n_factors : int or "auto"
        Number of factors of the linear learner, in its factor form.
    steps : int
        Maximum number of training steps.
    starts : int
        Number of random restarts: short training runs that compete on held-out individuals. The first begins at the
        linear solution, the others at random rotations of it.
    width, depth : int
        Number of hidden units in a layer, and number of hidden layers, of the encoder and of the decoder.
    batch_size : int
        Number of individuals in a minibatch, the same number from each environment.
    learning_rate : float
        Largest learning rate of Adam.
    weights : mapping of str to float, optional
        Weights of the parts ``reconstruction``, ``invariance``, ``independence`` and ``entropy`` that differ from the
        defaults.
    device : str
        ``auto``, ``cpu`` or ``cuda``. With ``auto``, an accelerator is used if there is one.
    jobs : int, optional
        Number of processes for the restarts; the default is the number of cores. Results do not depend on it.
    seed : int
        Random seed; the same seed gives the same numbers.
    checkpoint : path, optional
        File in which the state of training is saved.
    checkpoint_every : int
        Number of steps between checkpoints.
    resume : bool
        Whether to resume from the checkpoint. The result is identical to that of an uninterrupted training.

    Examples
    --------
    >>> from latentmr.simulate import linear
    >>> data = linear(n_per_env=200, seed=1).dataset
    >>> model = AutoencoderLearner(k=3, steps=20, starts=1).fit(data)
    >>> model.encode(data.G).shape, model.form
    ((800, 3), 'autoencoder')
    """

    def fit(self, dataset: Dataset, watch: Watch | None = None) -> Representation:
        """Learn instruments from the rows marked for learning.

        An interrupt during training ends it with the best network so far, which the history of the result records
        (``stopped``). An earlier interrupt stops learning altogether.

        Parameters
        ----------
        dataset : Dataset
            Data set with at least two usable environments and fewer variants than individuals.
        watch : callable, optional
            Function that is called with the stage, the step and the losses on held-out individuals.

        Returns
        -------
        Representation

        Raises
        ------
        ValueError
            As for :class:`~latentmr.learn.LinearLearner`. Also if ``device="cuda"`` and there is no accelerator, and if
            a checkpoint is absent, damaged or from another run.
        ImportError
            If PyTorch is not installed; the message says how to install it.
        FloatingPointError
            If losses are no longer finite numbers; the message says what to try.
        """
        self.refuse_without_torch()
        from latentmr.learn.autoencoder.fit import learn_autoencoder  # noqa: PLC0415  torch loads where it is used

        return learn_autoencoder(self, dataset, watch)
