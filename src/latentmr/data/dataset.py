"""The one validated object that holds genotypes, environments and phenotypes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.genotypes import BLOCK, environment_means, fill_in_place, fill_missing, store
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.data.ledger import Flow
from latentmr.data.placebo import refuse_poor_placebos
from latentmr.errors import ArgumentError
from latentmr.typing import Array, ArrayLike

__all__ = ["KINDS", "SMALLEST_ENVIRONMENT", "Dataset"]


#: An environment with fewer people is left out of learning.
SMALLEST_ENVIRONMENT = 30
KINDS = ("counts", "dosages", "continuous")


@dataclass(frozen=True)
class Dataset:
    """Genotypes, environments and phenotypes of the same people, checked once.

    Build it with :func:`~latentmr.data.read_plink`, :func:`~latentmr.data.read_instruments` or :meth:`from_arrays`.

    Parameters
    ----------
    G : np.ndarray of dimension (n, p)
        int8 hard calls counting ``effect_allele``, -127 where missing; or float32 dosages or continuous instruments,
        never missing. Kept as they came: float64 blocks are made when needed.
    X : np.ndarray of dimension (n, m)
        Exposures; m may be 0. Read on rows in estimation only.
    y : np.ndarray of dimension (n,)
        Outcome; read on rows in estimation only.
    C : np.ndarray of dimension (n, q)
        Covariates; q may be 0.
    A : np.ndarray of dimension (n, a)
        Auxiliary observations of the confounded part; a may be 0.
    env : np.ndarray of dimension (n,)
        Environment codes 0 to E - 1.
    cluster : np.ndarray of dimension (n, c)
        Cluster codes; c may be 0.
    samples : np.ndarray of dimension (n,)
        Ids.
    variants : pandas.DataFrame with p rows
        ``id, chrom, pos, effect_allele, other_allele``.
    fill : np.ndarray of dimension (E, p)
        Mean genotype in each environment, which missing calls are filled with.
    in_learning, in_estimation : np.ndarray of bool of dimension (n,)
        Rows used in each half. Everyone is encoded.
    env_names, exposure_names, covariate_names, aux_names, cluster_names : tuple of str
    outcome_name : str
    kind : str
        ``counts`` (0/1/2), ``dosages`` (within 0 to 2) or ``continuous``.
    outcome_type : str
        ``continuous`` or ``binary`` (0/1).
    flow : Flow
        What was removed on the way here, and why.
    P : np.ndarray of dimension (n, l), optional
        Placebo (negative-control) outcomes, read on rows in estimation only; no column by default. NaN is allowed: it
        leaves a person out of that placebo's test alone.
    placebo_names : tuple of str

    Raises
    ------
    ValueError
        Where shapes disagree or a value that will be used is missing or infinite.
    """

    G: NDArray[Any]
    X: Array
    y: Array
    C: Array
    A: Array
    env: NDArray[np.int64]
    cluster: NDArray[np.int64]
    samples: NDArray[np.object_]
    variants: pd.DataFrame
    fill: NDArray[np.float64]
    in_learning: NDArray[np.bool_]
    in_estimation: NDArray[np.bool_]
    env_names: tuple[str, ...]
    exposure_names: tuple[str, ...] = ()
    outcome_name: str = ""
    covariate_names: tuple[str, ...] = ()
    aux_names: tuple[str, ...] = ()
    cluster_names: tuple[str, ...] = ()
    kind: str = "counts"
    outcome_type: str = "continuous"
    flow: Flow = field(default_factory=Flow)
    P: Array = None  # type: ignore[assignment]  # a matrix without columns, as soon as n is known
    placebo_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.G.ndim != 2 or self.G.dtype not in (np.int8, np.float32):
            raise ArgumentError("G", "be a matrix of int8 or float32", f"{self.G.dtype} of shape {self.G.shape}")
        if self.kind not in KINDS or (self.kind == "counts") != (self.G.dtype == np.int8):
            raise ArgumentError(
                "kind", "be counts for int8 G, else dosages or continuous", f"{self.kind!r} for {self.G.dtype}"
            )
        n, p = self.G.shape
        if self.P is None:
            object.__setattr__(self, "P", np.zeros((n, 0)))
        E = len(self.env_names)
        shapes: dict[str, tuple[int, ...]] = {
            "X": (n, len(self.exposure_names)),
            "y": (n,),
            "C": (n, len(self.covariate_names)),
            "A": (n, len(self.aux_names)),
            "env": (n,),
            "cluster": (n, len(self.cluster_names)),
            "samples": (n,),
            "variants": (p, len(VARIANT_COLUMNS)),
            "fill": (E, p),
            "in_learning": (n,),
            "in_estimation": (n,),
            "P": (n, len(self.placebo_names)),
        }
        if list(self.variants.columns) != VARIANT_COLUMNS:
            raise ArgumentError(
                "variants", f"have the columns {', '.join(VARIANT_COLUMNS)}", f"{list(self.variants.columns)}"
            )
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ArgumentError(f"{name}", f"have shape {shape}", f"{getattr(self, name).shape}")
        if n and (self.env.min() < 0 or self.env.max() >= E):
            raise ArgumentError("env", f"hold codes 0 to {E - 1}", f"{self.env.min()} to {self.env.max()}")
        used = self.in_estimation
        finite = {"X": self.X[used], "y": self.y[used], "C": self.C[used], "A": self.A, "fill": self.fill}
        if self.G.dtype == np.float32:
            finite["G"] = self.G
        for name, values in finite.items():
            bad = int((~np.isfinite(values)).sum())
            if bad:
                raise ArgumentError(
                    f"{name}", "be finite in every row that is used", f"{bad} missing or infinite values"
                )
        infinite = int(np.isinf(self.P).sum())
        if infinite:
            raise ArgumentError("P", "not be infinite", f"{infinite} infinite values", "use NaN for missing")

    @property
    def n(self) -> int:
        """People."""
        return int(self.G.shape[0])

    @property
    def p(self) -> int:
        """Variants."""
        return int(self.G.shape[1])

    @property
    def n_env(self) -> int:
        """Environments."""
        return len(self.env_names)

    def blocks(
        self, rows: NDArray[np.int64] | None = None, size: int = BLOCK
    ) -> Iterator[tuple[NDArray[np.int64], Array]]:
        """Genotypes in blocks of rows, missing calls filled with the mean of the person's environment.

        Parameters
        ----------
        rows : np.ndarray of int, optional
            Which rows, in which order; all by default.
        size : int
            Rows in a block.

        Yields
        ------
        np.ndarray of dimension (b,)
            Row numbers.
        np.ndarray of dimension (b, p)
            float64.
        """
        order = np.arange(self.n) if rows is None else rows
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            yield chosen, fill_missing(self.G[chosen], self.env[chosen], self.fill)

    def counts_by_environment(self) -> list[dict[str, Any]]:
        """People read, in learning and in estimation, for each environment."""
        return [
            {
                "environment": name,
                "n": int((self.env == e).sum()),
                "learning": int((self.in_learning & (self.env == e)).sum()),
                "estimation": int((self.in_estimation & (self.env == e)).sum()),
            }
            for e, name in enumerate(self.env_names)
        ]

    @classmethod
    def from_arrays(
        cls,
        G: ArrayLike,
        env: ArrayLike,
        x: ArrayLike | None = None,
        y: ArrayLike | None = None,
        C: ArrayLike | None = None,
        A: ArrayLike | None = None,
        cluster: ArrayLike | None = None,
        *,
        placebo: ArrayLike | None = None,
        samples: ArrayLike | None = None,
        variants: pd.DataFrame | None = None,
    ) -> "Dataset":
        """Build a data set from arrays or data frames, without files and without quality filters.

        Parameters
        ----------
        G : array of dimension (n, p)
            Genotypes or continuous instruments; NaN, and -127 in int8, is filled with the environment's mean.
        env : array of dimension (n,)
            Environment labels.
        x : array of dimension (n,) or (n, m), optional
            Exposures; NaN leaves the row out of estimation.
        y : array of dimension (n,), optional
            Outcome; NaN leaves the row out of estimation.
        C, A : array of dimension (n, q) and (n, a), optional
            Covariates and auxiliary features.
        cluster : array of dimension (n,) or (n, 2), optional
            Cluster labels, in one or two ways.
        placebo : array of dimension (n,) or (n, l), optional
            Placebo (negative-control) outcomes; NaN leaves a person out of that placebo's test alone.
        samples : array of dimension (n,), optional
            Ids; 1 to n by default.
        variants : pandas.DataFrame, optional
            ``id, chrom, pos, effect_allele, other_allele``; made up as ``v1``, ``v2``, ... by default, alleles ``NA``.

        Returns
        -------
        Dataset

        Examples
        --------
        >>> data = Dataset.from_arrays(np.tile([[0, 1], [2, 1]], (40, 1)), env=["a", "b"] * 40)
        >>> data.kind, data.n_env
        ('counts', 2)
        """
        values = np.asarray(G)
        if values.ndim != 2:
            raise ArgumentError("G", "be a matrix", f"shape {values.shape}")
        n, p = values.shape
        unlabelled = int(pd.isna(np.asarray(env, dtype=object)).sum())
        if unlabelled:
            raise ArgumentError("env", "have a label in every row", f"{unlabelled} missing", "leave those rows out")
        env_names, env_codes = np.unique(np.asarray(env).astype(str), return_inverse=True)
        if len(env_codes) != n:
            raise ArgumentError("env", f"have a label for each of the {n} rows of G", f"{len(env_codes)}")
        calls, kind = store(values)
        X, outcome = _matrix("x", x, n), _matrix("y", y, n)
        if outcome.shape[1] > 1:
            raise ArgumentError("y", "be a vector", f"shape {np.asarray(y).shape}")
        covariates, aux = _matrix("C", C, n), _matrix("A", A, n)
        clusters = np.zeros((n, 0), dtype=np.int64)
        if cluster is not None:
            labels = np.asarray(cluster)
            labels = labels[:, None] if labels.ndim == 1 else labels
            clusters = np.column_stack([np.unique(column, return_inverse=True)[1] for column in labels.T])
        if (X.shape[1] > 0) != (outcome.shape[1] > 0):
            raise ArgumentError("x and y", "be given together, or neither to learn only", "one of them")
        complete = np.isfinite(np.column_stack([X, outcome, covariates])).all(axis=1) & (X.shape[1] > 0)
        placebos = _matrix("placebo", placebo, n)
        if placebos.shape[1] and not X.shape[1]:
            raise ArgumentError("placebo", "come with x and y: it is tested beside them", "it alone", "leave it out")
        placebo_names = _numbered("placebo", placebos.shape[1])
        refuse_poor_placebos("placebo", placebos[complete], placebo_names)
        fill = environment_means(calls, env_codes, len(env_names))
        if calls.dtype == np.float32:
            fill_in_place(calls, env_codes, fill)
        if variants is None:
            ids = [f"v{j + 1}" for j in range(p)]
            variants = pd.DataFrame({"id": ids} | {name: ["NA"] * p for name in VARIANT_COLUMNS[1:]})
        sizes = np.bincount(env_codes, minlength=len(env_names))
        return cls(
            G=calls,
            X=X,
            y=outcome[:, 0] if outcome.shape[1] else np.full(n, np.nan),
            C=covariates,
            A=aux,
            env=env_codes.astype(np.int64),
            cluster=clusters,
            samples=np.asarray(np.arange(1, n + 1) if samples is None else samples).astype(str).astype(object),
            variants=variants[[name for name in VARIANT_COLUMNS if name in variants]].reset_index(drop=True),
            fill=fill,
            in_learning=sizes[env_codes] >= SMALLEST_ENVIRONMENT,
            in_estimation=complete,
            env_names=tuple(str(name) for name in env_names),
            exposure_names=_numbered("x", X.shape[1]),
            outcome_name="y" if outcome.shape[1] else "",
            covariate_names=tuple(f"c{j + 1}" for j in range(covariates.shape[1])),
            aux_names=tuple(f"a{j + 1}" for j in range(aux.shape[1])),
            cluster_names=_numbered("cluster", clusters.shape[1]),
            kind=kind,
            P=placebos,
            placebo_names=placebo_names,
        )


def _numbered(name: str, count: int) -> tuple[str, ...]:
    return (name,) if count == 1 else tuple(f"{name}{j + 1}" for j in range(count))


def _matrix(name: str, value: Any, n: int) -> Array:
    if value is None:
        return np.zeros((n, 0))
    out = np.asarray(value, dtype=np.float64)
    out = out[:, None] if out.ndim == 1 else out
    if out.ndim != 2 or len(out) != n:
        raise ArgumentError(f"{name}", f"have the {n} rows of G", f"shape {np.shape(value)}")
    if np.isinf(out).any():
        raise ArgumentError(
            f"{name}", "not be infinite", f"{int(np.isinf(out).sum())} infinite values", "use NaN for missing"
        )
    return out
