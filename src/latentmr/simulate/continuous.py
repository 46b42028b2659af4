"""Simulate continuous instruments that mix exogenous and confounded latents."""

from latentmr.errors import ArgumentError
from latentmr.simulate.mixing import (
    Departure,
    draw_mixture,
    mix_diffeomorphically,
    mix_linearly,
    mix_piecewise,
    mix_polynomially,
    mixing_named,
)
from latentmr.simulate.simulated import Simulated

__all__ = [
    "confounded_z",
    "diffeomorphic",
    "linear",
    "piecewise",
    "polynomial",
    "same_environments",
    "weak",
]


def linear(
    n_per_env: int = 4000, n_env: int = 4, d_z: int = 3, d_v: int = 3, beta: float = 1.0, seed: int = 0
) -> Simulated:
    """Simulate the scenario ``linear``: ``G`` is an orthogonal mixing of ``(Z, V)``.

    ``Z`` is uniform with unit variance. The confounded latents are ``V | e = mu_e + A_e D_e^(1/2) N`` with ``mu_e ~
    N(0, 1)``, ``A_e = I + N / 2`` and ``D_e = diag exp(2 U(-1/2, 1/2))``. ``V`` and ``G`` are standardised. With unit
    vectors ``a``, ``b`` and ``d``, the phenotypes follow ``U = V d + N / 2``, ``x = Z a + 0.7 V b + U + N`` and ``y =
    beta x + 1.5 U + N``. 2SLS on ``G`` is biased, and 2SLS on ``Z`` is not.

    Parameters
    ----------
    n_per_env, n_env : int
        Number of individuals in each environment, and number of environments.
    d_z, d_v : int
        Number of exogenous and of confounded latents; ``p`` is their sum.
    beta : float
        True effect.
    seed : int

    Returns
    -------
    Simulated

    Examples
    --------
    >>> linear(n_per_env=50, seed=1).dataset.G.shape
    (200, 6)
    """
    return draw_mixture(mix_linearly, n_per_env, n_env, d_z, d_v, beta, seed)


def polynomial(
    n_per_env: int = 4000, n_env: int = 4, d_z: int = 3, d_v: int = 3, beta: float = 1.0, seed: int = 0
) -> Simulated:
    """Simulate the scenario ``polynomial``: squares and cubes of rotated latents, rotated again.

    ``H = (Z, V) Q1`` and ``G = (H + .15 rev(H)^2 + .05 H^3) Q2``, in which ``rev`` reverses the columns. Everything
    else, including the parameters, is as in :func:`linear`.

    Returns
    -------
    Simulated

    Examples
    --------
    >>> polynomial(n_per_env=50, seed=1).truth.Z.shape
    (200, 3)
    """
    return draw_mixture(mix_polynomially, n_per_env, n_env, d_z, d_v, beta, seed)


def diffeomorphic(
    n_per_env: int = 4000, n_env: int = 4, d_z: int = 3, d_v: int = 3, beta: float = 1.0, seed: int = 0
) -> Simulated:
    """Simulate the scenario ``diffeomorphic``: three layers of rotations and smooth leaky softplus.

    The mixing is strongly nonlinear, smooth and invertible. Everything else, including the parameters, is as in
    :func:`linear`.

    Returns
    -------
    Simulated

    Examples
    --------
    >>> diffeomorphic(n_per_env=50, n_env=3, seed=1).dataset.n_env
    3
    """
    return draw_mixture(mix_diffeomorphically, n_per_env, n_env, d_z, d_v, beta, seed)


def piecewise(
    n_per_env: int = 4000, n_env: int = 4, d_z: int = 3, d_v: int = 3, beta: float = 1.0, seed: int = 0
) -> Simulated:
    """Simulate the scenario ``piecewise``: three layers of rotations and leaky rectifiers, which are not smooth.

    No theory covers the kinks of the rectifiers. Everything else, including the parameters, is as in :func:`linear`.

    Returns
    -------
    Simulated

    Examples
    --------
    >>> piecewise(n_per_env=50, seed=1).dataset.p
    6
    """
    return draw_mixture(mix_piecewise, n_per_env, n_env, d_z, d_v, beta, seed)


def same_environments(
    n_per_env: int = 4000,
    n_env: int = 4,
    d_z: int = 3,
    d_v: int = 3,
    beta: float = 1.0,
    seed: int = 0,
    mixing: str = "diffeomorphic",
) -> Simulated:
    """Simulate the scenario ``same-environments``: ``diffeomorphic``, but ``V`` is alike in all environments.

    ``V`` has one distribution, so exogenous and confounded latents cannot be distinguished. Everything else, including
    the parameters, is as in :func:`linear`.

    Parameters
    ----------
    n_per_env, n_env, d_z, d_v, beta, seed
        As in :func:`linear`.
    mixing : str
        ``linear``, ``polynomial``, ``diffeomorphic`` or ``piecewise``.

    Returns
    -------
    Simulated

    Examples
    --------
    >>> same_environments(n_per_env=50, seed=1).dataset.n_env
    4
    """
    return draw_mixture(mixing_named(mixing), n_per_env, n_env, d_z, d_v, beta, seed, Departure(same=True))


def confounded_z(
    n_per_env: int = 4000,
    n_env: int = 4,
    d_z: int = 3,
    d_v: int = 3,
    beta: float = 1.0,
    seed: int = 0,
    mixing: str = "diffeomorphic",
) -> Simulated:
    """Simulate the scenario ``confounded-z``: ``diffeomorphic``, but ``U`` also depends on ``Z``.

    ``U`` gains ``0.7 s_e c'Z`` with ``s_e ~ U(0, 2)``. The exogenous part of the genotypes is itself confounded, which
    genotypes and environments alone cannot reveal. Everything else, including the parameters, is as in :func:`linear`.

    Parameters
    ----------
    n_per_env, n_env, d_z, d_v, beta, seed
        As in :func:`linear`.
    mixing : str
        ``linear``, ``polynomial``, ``diffeomorphic`` or ``piecewise``.

    Returns
    -------
    Simulated

    Examples
    --------
    >>> confounded_z(n_per_env=50, seed=1).dataset.n
    200
    """
    return draw_mixture(mixing_named(mixing), n_per_env, n_env, d_z, d_v, beta, seed, Departure(confounded=0.7))


def weak(
    n_per_env: int = 4000,
    n_env: int = 4,
    d_z: int = 3,
    d_v: int = 3,
    beta: float = 1.0,
    seed: int = 0,
    f_statistic: float = 5.0,
    mixing: str = "diffeomorphic",
) -> Simulated:
    """Simulate the scenario ``weak``: ``diffeomorphic``, with ``Z`` scaled in the exposure to give a first-stage F.

    Parameters
    ----------
    n_per_env, n_env, d_z, d_v, beta, seed
        As in :func:`linear`.
    f_statistic : float
        Expected F of the true ``Z`` in the first stage, entered linearly. It must be above 1.
    mixing : str
        ``linear``, ``polynomial``, ``diffeomorphic`` or ``piecewise``.

    Returns
    -------
    Simulated

    Examples
    --------
    >>> weak(n_per_env=50, seed=1).truth.Z.shape
    (200, 3)
    """
    if not f_statistic > 1:
        raise ArgumentError(
            "f_statistic",
            "be above 1, its mean for instruments of no strength",
            f"{f_statistic!r}",
            "use a larger value",
        )
    departure = Departure(f_statistic=f_statistic)
    return draw_mixture(mixing_named(mixing), n_per_env, n_env, d_z, d_v, beta, seed, departure)
