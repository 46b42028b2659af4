"""The cross-environment autoencoder: the learner of the paper."""

from collections.abc import Mapping
from pathlib import Path

from latentmr.data import Dataset
from latentmr.learn.learner import Watch
from latentmr.learn.representation import Representation
from latentmr.learn.training.gradient_learner import GradientLearner, whole

__all__ = ["WEIGHTS", "AutoencoderLearner"]

#: Weight of each part of the objective; the same for all data sets, since the parts have a scale of their own.
WEIGHTS = {"reconstruction": 1.0, "invariance": 1.0, "independence": 30.0, "entropy": 1.0}


class AutoencoderLearner(GradientLearner):
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

    def __init__(
        self,
        k: int | str = "auto",
        form: str = "auto",
        n_factors: int | str = "auto",
        steps: int = 2000,
        starts: int = 4,
        width: int = 64,
        depth: int = 2,
        batch_size: int = 1024,
        learning_rate: float = 6e-3,
        weights: Mapping[str, float] | None = None,
        device: str = "auto",
        jobs: int | None = None,
        seed: int = 0,
        checkpoint: str | Path | None = None,
        checkpoint_every: int = 500,
        resume: bool = False,
    ) -> None:
        super().__init__(
            k=k,
            form=form,
            n_factors=n_factors,
            steps=steps,
            starts=starts,
            batch_size=batch_size,
            learning_rate=learning_rate,
            device=device,
            jobs=jobs,
            seed=seed,
            checkpoint=checkpoint,
            checkpoint_every=checkpoint_every,
            resume=resume,
        )
        self.width, self.depth = whole("width", width, 1), whole("depth", depth, 1)
        self.weights = _weights(weights or {})

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
        FloatingPointError
            Where losses are no longer finite numbers; the message says what to try.
        """
        from latentmr.learn.autoencoder.fit import learn_autoencoder  # noqa: PLC0415  torch loads where it is used

        return learn_autoencoder(self, dataset, watch)


def _weights(given: Mapping[str, float]) -> dict[str, float]:
    unknown = sorted(set(given) - set(WEIGHTS))
    if unknown:
        raise ValueError(f"weights must be of {', '.join(WEIGHTS)}. Got {', '.join(unknown)}.")
    for name, value in given.items():
        if not 0 <= value < float("inf"):
            raise ValueError(f"weights must be finite and not negative. Got {value!r} for {name}.")
    chosen = WEIGHTS | {name: float(value) for name, value in given.items()}
    if not any(chosen.values()):
        raise ValueError("weights must not all be 0. Got 0 for every part.")
    return chosen
