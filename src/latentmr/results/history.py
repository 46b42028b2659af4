"""The history of learning: what a learner found, as typed records that are saved with the model as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass

from latentmr.results.record import Record

__all__ = [
    "FactorsTried",
    "FlowGain",
    "History",
    "LinkageGroup",
    "LinkageSummary",
    "NumberTried",
    "SetAside",
    "Shift",
    "StartTried",
    "TrainingLog",
]


@dataclass(frozen=True, kw_only=True)
class Shift(Record):
    """Distance between the mean genotypes of the environments.

    Parameters
    ----------
    statistic : float
        ``sum_e n_e d_e' S^-1 d_e`` with ``S`` the covariance within environments.
    df : int
        Degrees of freedom of its chi2 distribution under equal means.
    effect : float
        Share of the variance that lies between environments, averaged over directions.
    """

    statistic: float
    df: int
    effect: float


@dataclass(frozen=True, kw_only=True)
class LinkageGroup(Record):
    """Correlations of pairs of variants.

    Parameters
    ----------
    pairs : int
        Number of pairs.
    mean_r2 : float
        Mean squared correlation.
    largest : float
        Largest correlation in absolute value.
    first, second : str
        The two variants with the largest correlation.
    """

    pairs: int
    mean_r2: float
    largest: float
    first: str
    second: str


@dataclass(frozen=True, kw_only=True)
class LinkageSummary(Record):
    """Correlations of variants within environments. A group without a pair is None.

    Parameters
    ----------
    n : float
        Number of individuals in learning.
    within, across : LinkageGroup or None
        Pairs on the same chromosome, and pairs on different chromosomes.
    unknown : LinkageGroup or None
        Pairs whose positions are not known.
    residual : LinkageGroup or None
        Correlations of all pairs that the factors do not explain.
    """

    nested = {"within": LinkageGroup, "across": LinkageGroup, "unknown": LinkageGroup, "residual": LinkageGroup}

    n: float
    within: LinkageGroup | None = None
    across: LinkageGroup | None = None
    unknown: LinkageGroup | None = None
    residual: LinkageGroup | None = None


@dataclass(frozen=True, kw_only=True)
class FactorsTried(Record):
    """A candidate for the number of factors.

    Parameters
    ----------
    n_factors : int
    aic : float
        Akaike's criterion.
    log_likelihood : float or None
    converged : bool or None
        Whether the optimiser reported a maximum.
    """

    n_factors: int
    aic: float
    log_likelihood: float | None = None
    converged: bool | None = None


@dataclass(frozen=True, kw_only=True)
class NumberTried(Record):
    """A candidate for the number of instruments.

    Parameters
    ----------
    k : int
    nats : float or None
        Objective per held-out individual, or None if training failed.
    area : float
        Area under the curve of a classifier that predicts the environment from the instruments.
    accepted : bool
        Whether the instruments are invariant between environments.
    """

    k: int
    nats: float | None
    area: float
    accepted: bool


@dataclass(frozen=True, kw_only=True)
class StartTried(Record):
    """A random restart of training, or the start from the linear solution.

    Parameters
    ----------
    start : str
        Where training started: ``linear solution``, or at random.
    steps : int
        Number of training steps.
    objective : float or None
        Best objective in held-out individuals, or None if training failed.
    failed : str
        The reason for a failure.
    agreement : float or None
        Agreement with the instruments of the selected start (mean squared canonical correlation).
    """

    start: str
    steps: int = 0
    objective: float | None = None
    failed: str = ""
    agreement: float | None = None


@dataclass(frozen=True, kw_only=True)
class TrainingLog(Record):
    """The course of training.

    Parameters
    ----------
    starts : tuple of StartTried
        The starts that were compared.
    doubt : str
        Why the selected start is doubtful: other starts agreed with each other and not with it.
    log : tuple of mapping
        ``step`` and parts of the objective in held-out individuals, at each evaluation.
    best_step : int
        The step whose network was selected.
    steps : int
        Number of steps that were done.
    held_out : int
        Number of held-out individuals.
    device : str
        Device that training ran on.
    """

    nested = {"starts": StartTried}
    may_lack = frozenset({"doubt"})

    starts: tuple[StartTried, ...] = ()
    doubt: str = ""
    log: tuple[Mapping[str, float], ...] = ()
    best_step: int = 0
    steps: int = 0
    held_out: int = 0
    device: str = ""


@dataclass(frozen=True, kw_only=True)
class FlowGain(Record):
    """The gain of a flow over the linear factor form.

    Parameters
    ----------
    taken : bool
        Whether the instruments are those of the flow. Otherwise they are linear.
    gain, gain_se : float or None
        Gain in log-likelihood per held-out individual, in nats, and its standard error.
    reason : str
        Why no flow was trained.
    """

    may_lack = frozenset({"gain", "gain_se", "reason"})

    taken: bool
    gain: float | None = None
    gain_se: float | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SetAside(Record):
    """The diagnosis sample: individuals that were set aside from learning.

    Parameters
    ----------
    share : float
        Share of the individuals in learning, within environments.
    seed : int
        Random seed of the sample.
    people : int
        Number of individuals.
    """

    share: float
    seed: int
    people: int


@dataclass(frozen=True, kw_only=True)
class History(Record):
    """Everything that a learner reports about learning. What it does not report is None, or an empty text.

    Parameters
    ----------
    form : str
        Form of the model: ``stationary``, ``factor``, ``flow`` or ``autoencoder``.
    n_learning : int
        Number of individuals in learning.
    people : str
        Hash of their identifiers.
    variability : Shift
        Differences between environments.
    environments : tuple of str
        Names of the environments in learning.
    rule : str
        Rule that chose the number of instruments or factors.
    candidates : tuple of FactorsTried
        Candidates for the number of factors.
    p_values : tuple of float
        P-values of the test of stationarity, for k = 1, 2, ...
    eigenvalues : tuple of float
        Distance of each direction from stationarity.
    linkage : LinkageSummary
        Linkage between variants, with the factor form.
    n_factors : int
        Number of factors, with the factor form.
    k_stationary, k_available : int
        Number of directions that are stationary within sampling error, and number of all directions.
    linear_form : str
        Form of the linear learner from which a network started.
    refined : bool
        Whether the final linear step was applied.
    agreement_of_refinement : float
        Smallest squared correlation between a score before and after this step.
    training : TrainingLog
        Training of a network.
    stopped : str
        Why training ended before its last step.
    k_curve : tuple of NumberTried
        Candidates for the number of instruments, if ``k`` was not given.
    flow : FlowGain
        Gain of a flow over the factor form.
    diagnosis : SetAside
        The diagnosis sample that :func:`latentmr.analyse` set aside.
    more : mapping
        Further fields of a model that another release saved.

    Examples
    --------
    >>> from latentmr.learn import LinearLearner
    >>> from latentmr.simulate import admixture
    >>> found = LinearLearner().fit(admixture(n=2000, p=12, seed=1).dataset).history
    >>> found.form, found.n_learning, found.training
    ('factor', 2000, None)
    """

    nested = {
        "variability": Shift,
        "candidates": FactorsTried,
        "linkage": LinkageSummary,
        "training": TrainingLog,
        "k_curve": NumberTried,
        "flow": FlowGain,
        "diagnosis": SetAside,
    }
    may_lack = None

    form: str = ""
    n_learning: int | None = None
    people: str = ""
    variability: Shift | None = None
    environments: tuple[str, ...] | None = None
    rule: str = ""
    candidates: tuple[FactorsTried, ...] | None = None
    p_values: tuple[float, ...] | None = None
    eigenvalues: tuple[float, ...] | None = None
    linkage: LinkageSummary | None = None
    n_factors: int | None = None
    k_stationary: int | None = None
    k_available: int | None = None
    linear_form: str = ""
    refined: bool | None = None
    agreement_of_refinement: float | None = None
    training: TrainingLog | None = None
    stopped: str = ""
    k_curve: tuple[NumberTried, ...] | None = None
    flow: FlowGain | None = None
    diagnosis: SetAside | None = None
