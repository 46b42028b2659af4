"""The data set: one validated object with genotypes, environments and phenotypes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any
from warnings import warn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.array_fields import SMALLEST_ENVIRONMENT, array_fields_of
from latentmr.data.genome.structure import Structure
from latentmr.data.genotypes.genotypes import BLOCK, fill_missing
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.data.ledger import Flow
from latentmr.data.printing import listing, shortened
from latentmr.data.renamed import renamed
from latentmr.errors import ArgumentError
from latentmr.results.printing import counted
from latentmr.typing import Array, ArrayLike

__all__ = ["KINDS", "SMALLEST_ENVIRONMENT", "Dataset"]

KINDS = ("counts", "dosages", "continuous")
#: Counts below this are not shown.
SMALLEST_SHOWN = 20


@renamed(former_wins=True, P="N", placebo_names="negative_control_names")
@dataclass(frozen=True, repr=False)
class Dataset:
    """Genotypes, environments and phenotypes of the same individuals, checked when it is built.

    Build it with :func:`~latentmr.data.read_plink`, :func:`~latentmr.data.read_genotypes`,
    :func:`~latentmr.data.read_instruments` or :meth:`from_arrays`. It prints as a summary without values of
    individuals.

    Parameters
    ----------
    G : np.ndarray of dimension (n, p)
        Genotypes: int8 hard calls that count ``effect_allele``, -127 if missing; or float32 dosages or continuous
        instruments, never missing; continuous instruments are float64 if float32 would lose digits. They stay in this
        form; :meth:`blocks` converts them to float64.
    X : np.ndarray of dimension (n, m)
        Exposures; m may be 0. Only rows in estimation are used.
    y : np.ndarray of dimension (n,)
        Outcome. Only rows in estimation are used.
    C : np.ndarray of dimension (n, q)
        Covariates; q may be 0.
    A : np.ndarray of dimension (n, a)
        Auxiliary features (proxies for the confounded component); a may be 0.
    env : np.ndarray of dimension (n,)
        Environment codes 0 to E - 1.
    cluster : np.ndarray of dimension (n, c)
        Cluster codes; c may be 0.
    samples : np.ndarray of dimension (n,)
        Sample ids.
    variants : pandas.DataFrame with p rows
        ``id, chrom, pos, effect_allele, other_allele``.
    fill : np.ndarray of dimension (E, p)
        Mean genotype in each environment, which replaces missing calls.
    in_learning, in_estimation : np.ndarray of bool of dimension (n,)
        Rows used in learning and in estimation. All individuals are encoded.
    env_names, exposure_names, covariate_names, aux_names, cluster_names : tuple of str
        Names of the environments and of the columns.
    outcome_name : str
        Name of the outcome.
    kind : str
        Kind of genotypes:
        ``counts`` (0/1/2), ``dosages`` (within 0 to 2) or ``continuous``.
    outcome_type : str
        ``continuous`` or ``binary`` (0/1).
    flow : Flow
        What was removed during reading, and why.
    N : np.ndarray of dimension (n, l), optional
        Negative-control outcomes; only rows in estimation are used. By default there is no column. NaN is allowed: it
        excludes an individual from the test of that outcome only.
    negative_control_names : tuple of str
        Names of the negative-control outcomes.
    structure : Structure, optional
        Genome-wide principal components, and ancestry groups, among the auxiliary features: loadings and eigenvalues,
        without scores.
    A_beyond : np.ndarray of dimension (n, b), optional
        Further genome-wide components, weaker than those among the auxiliary features. They are used only to test
        whether more components change the estimate. By default there is no column.

    Raises
    ------
    ValueError
        If shapes disagree, or a value that is used is missing or infinite.
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
    N: Array = None  # type: ignore[assignment]  # __post_init__ makes a matrix without columns
    negative_control_names: tuple[str, ...] = ()
    structure: Structure | None = None
    A_beyond: Array = None  # type: ignore[assignment]  # __post_init__ makes a matrix without columns

    def __post_init__(self) -> None:
        floats = (np.float32, np.float64) if self.kind == "continuous" else (np.float32,)
        if self.G.ndim != 2 or self.G.dtype not in (np.int8, *floats):
            raise ArgumentError(
                "G",
                "be a matrix of int8 or float32",
                f"{self.G.dtype} of shape {self.G.shape}",
                "Dataset.from_arrays converts other types",
            )
        if self.kind not in KINDS or (self.kind == "counts") != (self.G.dtype == np.int8):
            raise ArgumentError(
                "kind",
                "be counts for int8 G, and dosages or continuous otherwise",
                f"{self.kind!r} for {self.G.dtype}",
                "Dataset.from_arrays finds the kind",
            )
        n, p = self.G.shape
        for name in ("N", "A_beyond"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, np.zeros((n, 0)))
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
            "N": (n, len(self.negative_control_names)),
            "A_beyond": (n, self.A_beyond.shape[-1]),
        }
        if list(self.variants.columns) != VARIANT_COLUMNS:
            raise ArgumentError(
                "variants",
                f"have the columns {', '.join(VARIANT_COLUMNS)}",
                listing(list(self.variants.columns)) or "none",
                "rename the columns, or add them with the value NA",
            )
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ArgumentError(
                    f"{name}", f"have shape {shape}", f"{getattr(self, name).shape}", "check its rows and columns"
                )
        if n and (self.env.min() < 0 or self.env.max() >= E):
            raise ArgumentError(
                "env",
                f"hold codes 0 to {E - 1}",
                f"{self.env.min()} to {self.env.max()}",
                "give one name in `env_names` for each code",
            )
        used = self.in_estimation
        finite = {"X": self.X[used], "y": self.y[used], "C": self.C[used], "A": self.A, "fill": self.fill}
        finite["A_beyond"] = self.A_beyond
        if self.G.dtype != np.int8:
            finite["G"] = self.G
        for name, values in finite.items():
            bad = int((~np.isfinite(values)).sum())
            if bad:
                raise ArgumentError(
                    f"{name}",
                    "be finite in every row that is used",
                    f"{bad} missing or infinite values",
                    "remove these rows, or take them out of `in_estimation`"
                    if name in "XyC"
                    else "replace these values",
                )
        infinite = int(np.isinf(self.N).sum())
        if infinite:
            raise ArgumentError("N", "not be infinite", f"{infinite} infinite values", "use NaN for missing")

    @property
    def n(self) -> int:
        """Return the number of individuals."""
        return int(self.G.shape[0])

    @property
    def p(self) -> int:
        """Return the number of variants."""
        return int(self.G.shape[1])

    @property
    def n_env(self) -> int:
        """Return the number of environments."""
        return len(self.env_names)

    @property
    def P(self) -> Array:
        """Return ``N`` under its former name."""
        warn("Dataset.P is now Dataset.N", DeprecationWarning, stacklevel=2)
        return self.N

    @property
    def placebo_names(self) -> tuple[str, ...]:
        """Return ``negative_control_names`` under their former name."""
        warn("Dataset.placebo_names is now Dataset.negative_control_names", DeprecationWarning, stacklevel=2)
        return self.negative_control_names

    def __repr__(self) -> str:
        roles = [f"{role} {names}" for role, names in self._roles()]
        main = 2 if self.outcome_name and self.exposure_names else 0
        parts = [self._size(), *([", ".join(roles[:main])] if main else []), *roles[main:]]
        return f"Dataset: {'; '.join(parts)}"

    def _repr_html_(self) -> str:
        rows = [("data set", self._size()), *self._roles()]
        sizes = [
            f"{shortened(name, 40)} {f'{size:,}' if size >= SMALLEST_SHOWN else f'<{SMALLEST_SHOWN}'}"
            for name, size in zip(self.env_names, np.bincount(self.env, minlength=self.n_env).tolist(), strict=True)
        ]
        rows.append(("individuals by environment", listing(sizes)))
        cells = (
            f'<tr><th style="text-align: left">{escape(name)}</th><td style="text-align: left">{escape(text)}</td></tr>'
            for name, text in rows
        )
        return f"<table>{''.join(cells)}</table>"

    def _size(self) -> str:
        what = "instrument" if self.kind == "continuous" else "variant"
        parts = [counted(self.n, "individual"), f"{counted(self.p, what)} ({self.kind})"]
        parts.append(counted(self.n_env, "environment"))
        return ", ".join(parts)

    def _roles(self) -> list[tuple[str, str]]:
        """Return each role with a column, and the names of its columns."""
        exposure = "exposure" if len(self.exposure_names) == 1 else "exposures"
        outcome = (self.outcome_name,) if self.outcome_name else ()
        roles = [
            (exposure, self.exposure_names),
            ("outcome", outcome),
            ("covariates", self.covariate_names),
            ("auxiliary features", self.aux_names),
            ("clusters", self.cluster_names),
            ("negative-control outcomes", self.negative_control_names),
        ]
        return [(role, listing(names)) for role, names in roles if names]

    def blocks(
        self, rows: NDArray[np.int64] | None = None, size: int = BLOCK
    ) -> Iterator[tuple[NDArray[np.int64], Array]]:
        """Iterate over genotypes in blocks of rows; missing calls are the mean of the individual's environment.

        Parameters
        ----------
        rows : np.ndarray of int, optional
            Rows in the order wanted; all by default.
        size : int
            Number of rows in a block.

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
        """Count individuals, in total, in learning and in estimation, in each environment."""
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
    @renamed(placebo="negative_control")
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
        negative_control: ArrayLike | None = None,
        samples: ArrayLike | None = None,
        variants: pd.DataFrame | None = None,
    ) -> "Dataset":
        """Build a data set from arrays or data frames; no quality filter applies.

        Parameters
        ----------
        G : array of dimension (n, p)
            Genotypes or continuous instruments. NaN (-127 in int8) is missing, and replaced by the environment's mean.
        env : array of dimension (n,)
            Environment labels.
        x : array of dimension (n,) or (n, m), optional
            Exposures; NaN excludes the row from estimation.
        y : array of dimension (n,), optional
            Outcome; NaN excludes the row from estimation.
        C, A : array of dimension (n, q) and (n, a), optional
            Covariates, and auxiliary features (proxies for the confounded component).
        cluster : array of dimension (n,) or (n, 2), optional
            Cluster labels, in one or two ways.
        negative_control : array of dimension (n,) or (n, l), optional
            Negative-control outcomes; NaN excludes an individual from the test of that outcome only. The former name
            ``placebo`` still works, with a warning.
        samples : array of dimension (n,), optional
            Sample ids; 1 to n by default.
        variants : pandas.DataFrame, optional
            ``id, chrom, pos, effect_allele, other_allele``; by default ids ``v1``, ``v2``, ... and all else ``NA``.

        Returns
        -------
        Dataset

        Raises
        ------
        ValueError
            If an argument is not numeric or has another number of rows, a label of ``env`` or ``cluster`` is missing,
            or pandas arguments have indexes with different labels.

        Notes
        -----
        Masked values are missing values. Rows of pandas arguments with the same labels in another order are matched by
        index; other rows are matched by position.

        Examples
        --------
        >>> data = Dataset.from_arrays(np.tile([[0, 1], [2, 1]], (40, 1)), env=["a", "b"] * 40)
        >>> data
        Dataset: 80 individuals, 2 variants (counts), 2 environments
        """
        return cls(**array_fields_of(G, env, x, y, C, A, cluster, negative_control, samples, variants))
