"""What a learner returns: a function from genotypes to instruments, saved and loaded without pickling."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from warnings import warn

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save

from latentmr.data import Dataset
from latentmr.data.genotypes.genotypes import MISSING_CALL
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.data.genotypes.wanted import Wanted
from latentmr.errors import ArgumentError
from latentmr.learn.encoders.encoder import Encoder, LinearEncoder
from latentmr.learn.encoders.factor_flow_encoder import FactorFlowEncoder
from latentmr.learn.encoders.flow_encoder import FlowEncoder
from latentmr.learn.encoders.network_encoder import NetworkEncoder
from latentmr.results.history import History
from latentmr.typing import Array, ArrayLike, Integers

__all__ = ["FORMAT", "Representation"]


#: Entries of model.json besides its format.
ENTRIES = {"aux_names", "encoder", "env_names", "history", "k", "kind", "learner", "variants"}
#: Kinds of encoder that a saved model may have, by name.
ENCODERS: dict[str, type[LinearEncoder | NetworkEncoder | FlowEncoder | FactorFlowEncoder]] = {
    kind.name: kind for kind in (LinearEncoder, NetworkEncoder, FlowEncoder, FactorFlowEncoder)
}
#: Version of the files; one that this release does not know is refused.
FORMAT = 1


@dataclass(frozen=True)
class Representation:
    """Learned instruments as a function of genotypes.

    Parameters
    ----------
    encoder : Encoder
        The function itself: a :class:`LinearEncoder` or a :class:`NetworkEncoder`.
    variants : pandas.DataFrame with p rows
        ``id, chrom, pos, effect_allele, other_allele`` of its input.
    kind : str
        ``counts``, ``dosages`` or ``continuous``.
    env_names : tuple of str
        Environments of the data that it was learned from.
    fill : np.ndarray of dimension (E, p)
        Mean genotypes in them, for missing calls.
    aux_names : tuple of str
        Auxiliary features that it needs.
    learner : mapping
        Name and hyperparameters of the learner.
    history : History
        What was found on the way: form, number of factors, eigenvalues.
    """

    encoder: Encoder
    variants: pd.DataFrame
    kind: str
    env_names: tuple[str, ...]
    fill: Array
    aux_names: tuple[str, ...] = ()
    learner: Mapping[str, object] = field(default_factory=dict)
    history: History = field(default_factory=History)

    def __post_init__(self) -> None:
        if not isinstance(self.history, History):
            warn("history is a History now; make one with History.from_dict", DeprecationWarning, stacklevel=3)
            object.__setattr__(self, "history", History.from_dict(self.history))

    @property
    def k(self) -> int:
        """Number of instruments."""
        return self.encoder.k

    @property
    def form(self) -> str:
        """Form of the learner that was used, for instance ``factor``."""
        return self.history.form

    @property
    def wanted(self) -> Wanted:
        """What to read from new genotypes."""
        return Wanted(self.variants, self.env_names, self.fill, self.encoder.center, self.kind)

    def encode(self, G: ArrayLike, A: ArrayLike | None = None, env: ArrayLike | None = None) -> Array:
        """Instruments of people.

        Parameters
        ----------
        G : array of dimension (n, p)
            Genotypes, the model's variants in its order, counting its alleles; int8 with -127 missing, or floats
            with NaN missing.
        A : array of dimension (n, a), optional
            Auxiliary features, where the model was learned with them.
        env : array of dimension (n,), optional
            Environment labels: missing calls are filled with that environment's mean, else with the pooled mean.

        Returns
        -------
        np.ndarray of dimension (n, k)

        Raises
        ------
        ValueError
            Where shapes do not fit the model.
        """
        genotypes, aux = self._input(G, A, env)
        return self.encoder.encode(genotypes, aux)

    def residual(self, G: ArrayLike, A: ArrayLike | None = None, env: ArrayLike | None = None) -> Array:
        """Residual latents ``v_hat`` of people; parameters are those of :meth:`encode`.

        Returns
        -------
        np.ndarray of dimension (n, r + a)
        """
        genotypes, aux = self._input(G, A, env)
        return self.encoder.residual(genotypes, aux)

    def refuse_aux(self, names: Sequence[str]) -> None:
        """Stop where auxiliary features are not those of the model, in its order.

        Raises
        ------
        ValueError
            The message names the options to give.
        """
        if tuple(names) != self.aux_names:
            wanted, came = (" ".join(f"aux {name}" for name in given) for given in (self.aux_names, names))
            raise ArgumentError("aux", f"be what the model was learned with: {wanted or 'no aux'}", f"{came or 'none'}")

    def refuse_other(self, dataset: Dataset) -> None:
        """Stop where a data set does not hold the model's variants, alleles and auxiliary features, in its order.

        Raises
        ------
        ValueError
            Read the data with ``wanted=model.wanted``, which brings them into that order.
        """
        self.refuse_aux(dataset.aux_names)
        columns = ["id", "effect_allele", "other_allele"]
        if not self.variants[columns].astype(str).equals(dataset.variants[columns].astype(str)):
            raise ArgumentError(
                "dataset",
                f"hold the model's {len(self.variants)} variants and alleles, in its order",
                f"{dataset.p} variants that differ",
                "read the data with wanted=model.wanted",
            )

    def encode_blocks(self, dataset: Dataset) -> Iterator[tuple[Integers, Array]]:
        """Instruments of everyone in a data set that fits the model, block by block."""
        self.refuse_other(dataset)
        for rows, block in dataset.blocks():
            yield rows, self.encoder.encode(block, dataset.A[rows])

    def save(self, directory: str | Path) -> None:
        """Write ``model.safetensors`` and ``model.json``.

        Parameters
        ----------
        directory : str or Path
            An existing folder.
        """
        directory = Path(directory)
        arrays = {name: np.ascontiguousarray(value) for name, value in self.encoder.arrays().items()}
        tensors = save(arrays | {"fill": np.ascontiguousarray(self.fill)})
        (directory / "model.safetensors").write_bytes(tensors)  # with the permissions of other files
        meta = {
            "format": FORMAT,
            "encoder": self.encoder.name,
            "kind": self.kind,
            "k": self.k,
            "env_names": list(self.env_names),
            "aux_names": list(self.aux_names),
            "learner": dict(self.learner),
            "history": self.history.to_dict(),
            "alleles_known": bool((self.variants["effect_allele"] != "NA").all()),
            "variants": self.variants.astype(str).to_dict(orient="records"),
        }
        (directory / "model.json").write_text(json.dumps(meta, indent=1) + "\n")

    @classmethod
    def load(cls, directory: str | Path) -> "Representation":
        """Read what :meth:`save` wrote.

        Parameters
        ----------
        directory : str or Path
            Folder with ``model.safetensors`` and ``model.json``.

        Returns
        -------
        Representation

        Raises
        ------
        ValueError
            Where files are absent, damaged, of another format, or do not fit each other.
        """
        directory = Path(directory)
        for name in ("model.json", "model.safetensors"):
            if not (directory / name).is_file():
                raise ArgumentError("model", "be a folder with a saved model", f"{directory}, which has no {name}")
        try:
            meta = json.loads((directory / "model.json").read_text())
            arrays = load_file(directory / "model.safetensors")
        except Exception as error:  # safetensors raises its own type for damaged files
            raise ArgumentError("model", "hold readable files", f"{directory}: {str(error).splitlines()[0]}") from error
        if not isinstance(meta, dict):
            raise ArgumentError("model", "hold readable files", f"{directory}, whose model.json is not an object")
        if meta.get("format") != FORMAT or meta.get("encoder") not in list(ENCODERS):
            raise ArgumentError(
                "model",
                f"be of format {FORMAT} with a linear, network or flow encoder",
                f"format {meta.get('format')!r} and encoder {meta.get('encoder')!r}",
                "use the release of latentmr that wrote it, or learn again",
            )
        if ENTRIES - set(meta):
            raise ArgumentError(
                "model",
                "hold readable files",
                f"{directory}, whose model.json lacks {', '.join(sorted(ENTRIES - set(meta)))}",
            )
        variants = pd.DataFrame(meta["variants"], columns=list(VARIANT_COLUMNS))
        p, a, k = len(variants), len(meta["aux_names"]), meta["k"]
        kind = ENCODERS[meta["encoder"]]
        found = {name: value.shape for name, value in arrays.items()}
        if found != kind.shapes(found, p, a, k) | {"fill": (len(meta["env_names"]), p)}:
            raise ArgumentError(
                "model", "hold model.json and model.safetensors of one model", f"files that differ in {directory}"
            )
        fill = arrays.pop("fill")
        try:
            history = History.from_dict(meta["history"])
        except ValueError as error:
            raise ArgumentError(
                "model", "hold readable files", f"{directory}: {str(error).removesuffix('.')}", "save the model again"
            ) from error
        return cls(
            encoder=kind.from_arrays(arrays, k),
            variants=variants,
            kind=meta["kind"],
            env_names=tuple(meta["env_names"]),
            fill=fill,
            aux_names=tuple(meta["aux_names"]),
            learner=meta["learner"],
            history=history,
        )

    def _input(self, G: ArrayLike, A: ArrayLike | None, env: ArrayLike | None) -> tuple[Array, Array]:
        values = np.asarray(G)
        p, a = len(self.variants), len(self.aux_names)
        if values.ndim != 2 or values.shape[1] != p:
            raise ArgumentError("G", f"have the {p} columns of the model's variants", f"shape {values.shape}")
        missing = values == MISSING_CALL if values.dtype == np.int8 else np.isnan(values)
        genotypes = values.astype(np.float64)
        if missing.any():
            genotypes[missing] = self._fill_rows(env, len(values))[missing]
        aux = np.zeros((len(values), 0)) if A is None else np.asarray(A, dtype=np.float64).reshape(len(values), -1)
        if aux.shape[1] != a:
            raise ArgumentError(
                "A", f"have the model's {a} auxiliary features ({', '.join(self.aux_names)})", f"{aux.shape[1]}"
            )
        return genotypes, aux

    def _fill_rows(self, env: ArrayLike | None, n: int) -> Array:
        if env is None:
            return np.broadcast_to(self.encoder.center, (n, len(self.variants)))
        names, codes = np.unique(np.asarray(env).astype(str), return_inverse=True)
        if len(codes) != n:
            raise ArgumentError("env", f"have a label for each of the {n} rows of G", f"{len(codes)}")
        return self.wanted.fill_for(tuple(str(name) for name in names))[codes]
