"""Fields of a data set from plain arrays: checked, coded and filled."""

from typing import Any

import numpy as np
import pandas as pd

from latentmr.arrays import label_codes, numbers, rows_matched, unmasked
from latentmr.data.cohort.kinds import refuse_stray_calls
from latentmr.data.cohort.text_columns import clean_labels
from latentmr.data.genotypes.genotypes import environment_means, fill_in_place, store
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.data.negative_control import refuse_poor_negative_controls
from latentmr.data.tables import MISSING
from latentmr.errors import ArgumentError
from latentmr.typing import Array, ArrayLike, Row

__all__ = ["SMALLEST_ENVIRONMENT", "array_fields_of"]

#: An environment with fewer individuals is excluded from learning.
SMALLEST_ENVIRONMENT = 30


def array_fields_of(
    G: ArrayLike,
    env: ArrayLike,
    x: ArrayLike | None,
    y: ArrayLike | None,
    C: ArrayLike | None,
    A: ArrayLike | None,
    cluster: ArrayLike | None,
    negative_control: ArrayLike | None,
    samples: ArrayLike | None,
    variants: pd.DataFrame | None,
) -> Row:
    """Return the fields of a :class:`~latentmr.data.Dataset`, whose ``from_arrays`` describes the parameters."""
    given = {"G": G, "env": env, "x": x, "y": y, "C": C, "A": A, "cluster": cluster}
    matched: Row = rows_matched(given | {"negative_control": negative_control, "samples": samples})
    G, env, x, y, C, A, cluster, negative_control, samples = matched.values()
    values = _genotypes(G)
    if values.ndim != 2:
        raise ArgumentError("G", "be a matrix", f"shape {values.shape}", "give a row for each individual")
    n, p = values.shape
    # texts such as NULL and -9 are no labels
    environments = np.asarray(unmasked(env), dtype=object)
    labels, _ = clean_labels(environments.astype(str).astype(object), "env", (), MISSING)
    unlabelled = int((pd.isna(environments) | pd.isna(labels)).sum())
    if unlabelled:
        raise ArgumentError("env", "have a label in every row", f"{unlabelled} missing", "remove those rows")
    env_names, env_codes = np.unique(labels.astype(str), return_inverse=True)
    if len(env_codes) != n:
        raise ArgumentError(
            "env",
            f"have a label for each of the {n} rows of G",
            f"{len(env_codes)}",
            "give one for each individual",
        )
    calls, kind = store(values)
    if kind == "continuous":
        names = [f"v{j + 1}" for j in range(p)] if variants is None else [str(name) for name in variants["id"]]
        refuse_stray_calls(calls, names, "G")
    X, outcome = _matrix("x", x, n), _matrix("y", y, n)
    if outcome.shape[1] > 1:
        raise ArgumentError("y", "be a vector", f"shape {np.asarray(y).shape}", "give one outcome")
    covariates, aux = _matrix("C", C, n), _matrix("A", A, n)
    clusters = np.zeros((n, 0), dtype=np.int64)
    if cluster is not None:
        clusters, _ = label_codes("cluster", cluster)
    if (X.shape[1] > 0) != (outcome.shape[1] > 0):
        raise ArgumentError("x and y", "be given together, or neither to learn only", "one of them", "give both")
    complete = np.isfinite(np.column_stack([X, outcome, covariates])).all(axis=1) & (X.shape[1] > 0)
    controls = _matrix("negative_control", negative_control, n)
    if controls.shape[1] and not X.shape[1]:
        raise ArgumentError(
            "negative_control",
            "come with x and y: its test uses their rows",
            "it alone",
            "leave it out, or give x and y",
        )
    control_names = _numbered("negative_control", controls.shape[1])
    refuse_poor_negative_controls("negative_control", controls[complete], control_names)
    fill = environment_means(calls, env_codes, len(env_names))
    if calls.dtype != np.int8:
        fill_in_place(calls, env_codes, fill)
    if variants is None:
        ids = [f"v{j + 1}" for j in range(p)]
        variants = pd.DataFrame({"id": ids} | {name: ["NA"] * p for name in VARIANT_COLUMNS[1:]})
    sizes = np.bincount(env_codes, minlength=len(env_names))
    return {
        "G": calls,
        "X": X,
        "y": outcome[:, 0] if outcome.shape[1] else np.full(n, np.nan),
        "C": covariates,
        "A": aux,
        "env": env_codes.astype(np.int64),
        "cluster": clusters,
        "samples": np.asarray(np.arange(1, n + 1) if samples is None else samples).astype(str).astype(object),
        "variants": variants[[name for name in VARIANT_COLUMNS if name in variants]].reset_index(drop=True),
        "fill": fill,
        "in_learning": sizes[env_codes] >= SMALLEST_ENVIRONMENT,
        "in_estimation": complete,
        "env_names": tuple(str(name) for name in env_names),
        "exposure_names": _numbered("x", X.shape[1]),
        "outcome_name": "y" if outcome.shape[1] else "",
        "covariate_names": tuple(f"c{j + 1}" for j in range(covariates.shape[1])),
        "aux_names": tuple(f"a{j + 1}" for j in range(aux.shape[1])),
        "cluster_names": _numbered("cluster", clusters.shape[1]),
        "kind": kind,
        "N": controls,
        "negative_control_names": control_names,
    }


def _numbered(name: str, count: int) -> tuple[str, ...]:
    return (name,) if count == 1 else tuple(f"{name}{j + 1}" for j in range(count))


def _genotypes(G: ArrayLike) -> Array:
    """Return genotypes as they are if NumPy holds them, else as numbers with NaN for missing calls."""
    if isinstance(G, np.ma.MaskedArray):
        return numbers("G", G, masked_as_nan=True)
    given = np.asarray(G)
    return given if given.dtype.kind in "fiub" else numbers("G", G)


def _matrix(name: str, value: Any, n: int) -> Array:
    if value is None:
        return np.zeros((n, 0))
    out = numbers(name, value, masked_as_nan=True)
    out = out[:, None] if out.ndim == 1 else out
    if out.ndim != 2 or len(out) != n:
        raise ArgumentError(
            f"{name}", f"have the {n} rows of G", f"shape {np.shape(value)}", "give a row for each individual"
        )
    if np.isinf(out).any():
        raise ArgumentError(
            f"{name}", "not be infinite", f"{int(np.isinf(out).sum())} infinite values", "use NaN for missing"
        )
    return out
