"""What a learner found on the way: typed, and saved with the model as JSON."""

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
    """How far the mean genotypes of the environments lie apart.

    Parameters
    ----------
    statistic : float
        ``sum_e n_e d_e' S^-1 d_e`` with ``S`` the covariance within environments.
    df : int
        Of its chi2 law under equal means.
    effect : float
        Share of variance between environments, averaged over directions.
    """

    statistic: float
    df: int
    effect: float


@dataclass(frozen=True, kw_only=True)
class LinkageGroup(Record):
    """Correlations of some pairs of variants.

    Parameters
    ----------
    pairs : int
    mean_r2 : float
    largest : float
        Correlation.
    first, second : str
        The two variants that have it.
    """

    pairs: int
    mean_r2: float
    largest: float
    first: str
    second: str


@dataclass(frozen=True, kw_only=True)
class LinkageSummary(Record):
    """Correlations of variants within environments; groups without a pair are None.

    Parameters
    ----------
    n : float
        People in learning.
    within, across : LinkageGroup or None
        Pairs on one chromosome, and on two.
    unknown : LinkageGroup or None
        Pairs whose place is not known.
    residual : LinkageGroup or None
        What the factors leave, of all pairs.
    """

    nested = {"within": LinkageGroup, "across": LinkageGroup, "unknown": LinkageGroup, "residual": LinkageGroup}

    n: float
    within: LinkageGroup | None = None
    across: LinkageGroup | None = None
    unknown: LinkageGroup | None = None
    residual: LinkageGroup | None = None


@dataclass(frozen=True, kw_only=True)
class FactorsTried(Record):
    """A number of factors that was tried.

    Parameters
    ----------
    n_factors : int
    aic : float
        Akaike's criterion.
    log_likelihood : float or None
    converged : bool or None
        Whether the optimiser reports a maximum.
    """

    n_factors: int
    aic: float
    log_likelihood: float | None = None
    converged: bool | None = None


@dataclass(frozen=True, kw_only=True)
class NumberTried(Record):
    """A number of instruments that was tried.

    Parameters
    ----------
    k : int
    nats : float or None
        Per person held out; None where it could not be trained.
    area : float
        Under the curve of telling environments apart by the instruments.
    accepted : bool
    """

    k: int
    nats: float | None
    area: float
    accepted: bool


@dataclass(frozen=True, kw_only=True)
class StartTried(Record):
    """A short training.

    Parameters
    ----------
    start : str
        ``linear solution``, or that a random one.
    steps : int
    objective : float or None
        Best on held-out people; None where it failed.
    failed : str
        Why, if so.
    agreement : float or None
        With the instruments of the start that won (mean squared canonical correlation).
    """

    start: str
    steps: int = 0
    objective: float | None = None
    failed: str = ""
    agreement: float | None = None


@dataclass(frozen=True, kw_only=True)
class TrainingLog(Record):
    """How training went.

    Parameters
    ----------
    starts : tuple of StartTried
    doubt : str
        A reason for it, where losers agreed with each other and not with the winner.
    log : tuple of mapping
        ``step`` and parts of the objective on held-out people, at every look.
    best_step : int
        Whose network was taken.
    steps : int
        Done.
    held_out : int
        People whom training never saw.
    device : str
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
    """What a flow on the factor form gained.

    Parameters
    ----------
    taken : bool
        Whether the instruments are the flow's; else they stay linear.
    gain, gain_se : float or None
        In log-likelihood per person held out, in nats, and its standard error.
    reason : str
        Why none was trained, if so.
    """

    may_lack = frozenset({"gain", "gain_se", "reason"})

    taken: bool
    gain: float | None = None
    gain_se: float | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SetAside(Record):
    """People whom the learner did not see.

    Parameters
    ----------
    share : float
        Of the people in learning, within environments.
    seed : int
        By which they were drawn.
    people : int
    """

    share: float
    seed: int
    people: int


@dataclass(frozen=True, kw_only=True)
class History(Record):
    """What was found on the way; what a learner does not find is None, or empty text.

    Parameters
    ----------
    form : str
        ``stationary``, ``factor``, ``flow`` or ``autoencoder``.
    n_learning : int
        People learned from.
    people : str
        Hash of their ids.
    variability : Shift
        Between environments.
    environments : tuple of str
        Learned from.
    rule : str
        How the number of instruments or factors was chosen.
    candidates : tuple of FactorsTried
        Numbers of factors.
    p_values : tuple of float
        Of the test of stationarity, for k = 1, 2, ...
    eigenvalues : tuple of float
        How far each direction is from stationary.
    linkage : LinkageSummary
        Of the factor form.
    n_factors : int
        Of the factor form.
    k_stationary, k_available : int
        Directions that are stationary within sampling error, and all that there are.
    linear_form : str
        Of the linear learner that a network started from.
    refined : bool
        Whether the last, linear step was taken.
    agreement_of_refinement : float
        Smallest squared correlation of a score before and after it.
    training : TrainingLog
        Of a network.
    stopped : str
        Why training ended before its last step, if so.
    k_curve : tuple of NumberTried
        Numbers of instruments, where k was left to find.
    flow : FlowGain
        Of a flow on the factor form.
    diagnosis : SetAside
        People set aside by :func:`latentmr.analyse`.
    more : mapping
        What a saved model of another release says beside.

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
