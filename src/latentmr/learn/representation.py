"""Define what a learner returns: a function from genotypes to instruments, saved and loaded without pickling."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from warnings import warn

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save

from latentmr.data import Dataset
from latentmr.data.genome.loadings import load_components, save_components
from latentmr.data.genome.structure import Structure
from latentmr.data.genotypes.genotypes import MISSING_CALL
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.data.wanted import Wanted
from latentmr.errors import ArgumentError
from latentmr.learn.encoders.encoder import Encoder, LinearEncoder
from latentmr.learn.encoders.factor_flow_encoder import FactorFlowEncoder
from latentmr.learn.encoders.flow_encoder import FlowEncoder
from latentmr.learn.encoders.network_encoder import NetworkEncoder
from latentmr.learn.settings import described
from latentmr.results.history import History
from latentmr.typing import Array, ArrayLike, Integers

__all__ = ["FORMAT", "Representation"]


#: Entries of model.json besides its format.
ENTRIES = {"aux_names", "encoder", "env_names", "history", "k", "kind", "learner", "variants"}
#: Encoder classes that a saved model can hold, by name.
ENCODERS: dict[str, type[LinearEncoder | NetworkEncoder | FlowEncoder | FactorFlowEncoder]] = {
    kind.name: kind for kind in (LinearEncoder, NetworkEncoder, FlowEncoder, FactorFlowEncoder)
}
#: Version of the file format; :meth:`Representation.load` rejects any other version.
FORMAT = 1


@dataclass(frozen=True)
class Representation:
    """Learned instruments as a function of genotypes.

    Parameters
    ----------
    encoder : Encoder
        Function from genotypes to instruments: a :class:`LinearEncoder` or a :class:`NetworkEncoder`.
    variants : pandas.DataFrame with p rows
        Input variants, with columns ``id, chrom, pos, effect_allele, other_allele``.
    kind : str
        Kind of genotypes: ``counts``, ``dosages`` or ``continuous``.
    env_names : tuple of str
        Environments of the training data.
    fill : np.ndarray of dimension (E, p)
        Mean genotypes in each environment, which replace missing calls.
    aux_names : tuple of str
        Auxiliary features that the encoder needs.
    learner : mapping
        Name and hyperparameters of the learner.
    history : History
        Results of learning: form, number of factors, eigenvalues.
    structure : Structure, optional
        Genome-wide principal components among the auxiliary features, without scores: the last of ``aux_names``.
    """

    encoder: Encoder
    variants: pd.DataFrame
    kind: str
    env_names: tuple[str, ...]
    fill: Array
    aux_names: tuple[str, ...] = ()
    learner: Mapping[str, object] = field(default_factory=dict)
    history: History = field(default_factory=History)
    structure: Structure | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.history, History):
            warn(
                "history must be a History; convert a mapping with History.from_dict", DeprecationWarning, stacklevel=3
            )
            object.__setattr__(self, "history", History.from_dict(self.history))

    def __repr__(self) -> str:
        return f"Representation: {'; '.join(self._facts())}"

    def __str__(self) -> str:
        return repr(self)

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(fact)}</li>" for fact in self._facts())
        return f"<div><strong>Representation</strong><ul>{items}</ul></div>"

    def _facts(self) -> list[str]:
        """Describe the model in short phrases, without individual-level values."""
        found = self.history
        first = f"{_counted(self.k, 'instrument')} of {_counted(len(self.variants), 'variant')} ({self.kind})"
        if self.form:
            first += f", {self.form} form"
        if found.n_factors is not None:
            first += f", {_counted(found.n_factors, 'factor')}"
        if self.aux_names:
            first += f", {_counted(len(self.aux_names), 'auxiliary feature')}"
        environments = _counted(len(found.environments or self.env_names), "environment")
        facts = [first]
        if found.n_learning is not None:
            facts.append(f"learned from {_counted(found.n_learning, 'individual')} in {environments}")
        if self.learner:
            facts.append(f"learner {described(self.learner)}")
        return facts

    @property
    def k(self) -> int:
        """Number of instruments."""
        return self.encoder.k

    @property
    def form(self) -> str:
        """Form that the learner used, for example ``factor``."""
        return self.history.form

    @property
    def wanted(self) -> Wanted:
        """Specification of the genotypes to read from new data."""
        return Wanted(self.variants, self.env_names, self.fill, self.encoder.center, self.kind, self.structure)

    @property
    def aux_columns(self) -> tuple[str, ...]:
        """Names of the auxiliary features that come from phenotype tables, not from the genome."""
        return self.aux_names[: len(self.aux_names) - (len(self.structure.names) if self.structure else 0)]

    def encode(self, G: ArrayLike, A: ArrayLike | None = None, env: ArrayLike | None = None) -> Array:
        """Return the instruments of individuals.

        Parameters
        ----------
        G : array of dimension (n, p)
            Genotypes of the model's variants, in the model's order and counting the model's effect alleles. Use int8
            with -127 for missing calls, or floats with NaN for missing calls.
        A : array of dimension (n, a), optional
            Auxiliary features. They are required if the model was learned with them.
        env : array of dimension (n,), optional
            Environment labels. Missing calls are filled with the mean of the individual's environment, or with the
            pooled mean if no label is given.

        Returns
        -------
        np.ndarray of dimension (n, k)

        Raises
        ------
        ValueError
            If a shape does not fit the model.
        """
        genotypes, aux = self._input(G, A, env)
        return self.encoder.encode(genotypes, aux)

    def residual(self, G: ArrayLike, A: ArrayLike | None = None, env: ArrayLike | None = None) -> Array:
        """Return the residual latents ``v_hat`` of individuals; parameters are those of :meth:`encode`.

        Returns
        -------
        np.ndarray of dimension (n, r + a)
        """
        genotypes, aux = self._input(G, A, env)
        return self.encoder.residual(genotypes, aux)

    def refuse_aux(self, names: Sequence[str]) -> None:
        """Raise an error if columns of auxiliary features differ from those of the model, or are in another order.

        Genome-wide components that the model carries are none of these columns.

        Raises
        ------
        ValueError
            The message names the features that the model needs.
        """
        if tuple(names) != self.aux_columns:
            wanted, came = (" ".join(f"aux {name}" for name in given) for given in (self.aux_columns, names))
            raise ArgumentError(
                "aux",
                f"be what the model was learned with: {wanted or 'no aux'}",
                f"{came or 'none'}",
                "give the features of the model, in its order",
            )

    def refuse_other(self, dataset: Dataset) -> None:
        """Raise an error if a data set does not hold the model's variants, alleles and auxiliary features in its order.

        Raises
        ------
        ValueError
            The remedy is to read the data with ``wanted=model.wanted``, which puts them into that order.
        """
        k = len(self.aux_names) - len(self.aux_columns)
        own = dataset.aux_names[len(dataset.aux_names) - k :]
        if k and own != self.aux_names[-k:]:
            raise ArgumentError(
                "dataset",
                f"hold the model's {_counted(k, 'genome-wide feature')}",
                "data without them",
                "read the genotype files with wanted=model.wanted",
            )
        self.refuse_aux(dataset.aux_names[: len(dataset.aux_names) - k])
        columns = ["id", "effect_allele", "other_allele"]
        if not self.variants[columns].astype(str).equals(dataset.variants[columns].astype(str)):
            raise ArgumentError(
                "dataset",
                f"hold the model's {len(self.variants)} variants and alleles, in its order",
                f"{dataset.p} variants that differ",
                "read the data with wanted=model.wanted",
            )

    def encode_blocks(self, dataset: Dataset) -> Iterator[tuple[Integers, Array]]:
        """Yield the instruments of all individuals in a data set that fits the model, block by block."""
        self.refuse_other(dataset)
        for rows, block in dataset.blocks():
            yield rows, self.encoder.encode(block, dataset.A[rows])

    def save(self, directory: str | Path) -> None:
        """Write ``model.safetensors`` and ``model.json``, and ``loadings.parquet`` of genome-wide components.

        Parameters
        ----------
        directory : str or Path
            Existing folder.
        """
        directory = Path(directory)
        arrays = {name: np.ascontiguousarray(value) for name, value in self.encoder.arrays().items()}
        tensors = save(arrays | {"fill": np.ascontiguousarray(self.fill)})
        (directory / "model.safetensors").write_bytes(
            tensors
        )  # written by Python, so that the file gets the usual permissions
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
        if self.structure is not None:
            save_components(self.structure.components, directory)
            meta["structure"] = self.structure.to_dict()
        (directory / "model.json").write_text(json.dumps(meta, indent=1) + "\n")

    @classmethod
    def load(cls, directory: str | Path) -> "Representation":
        """Read a model that :meth:`save` wrote.

        Parameters
        ----------
        directory : str or Path
            Folder that holds ``model.safetensors`` and ``model.json``.

        Returns
        -------
        Representation

        Raises
        ------
        ValueError
            If a file is absent or damaged, has another format, or does not fit the other file.
        """
        directory = Path(directory)
        for name in ("model.json", "model.safetensors"):
            if not (directory / name).is_file():
                raise ArgumentError(
                    "model",
                    "be a folder with a saved model",
                    f"{directory}, which has no {name}",
                    "give the folder that `save` or a run wrote",
                )
        try:
            meta = json.loads((directory / "model.json").read_text())
            arrays = load_file(directory / "model.safetensors")
        except Exception as error:  # safetensors raises its own exception type for damaged files
            raise ArgumentError(
                "model", "hold readable files", f"{directory}: {str(error).splitlines()[0]}", "save the model again"
            ) from error
        if not isinstance(meta, dict):
            raise ArgumentError(
                "model",
                "hold readable files",
                f"{directory}, whose model.json is not an object",
                "save the model again",
            )
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
                "save the model again",
            )
        variants = pd.DataFrame(meta["variants"], columns=list(VARIANT_COLUMNS))
        p, a, k = len(variants), len(meta["aux_names"]), meta["k"]
        kind = ENCODERS[meta["encoder"]]
        found = {name: value.shape for name, value in arrays.items()}
        if found != kind.shapes(found, p, a, k) | {"fill": (len(meta["env_names"]), p)}:
            raise ArgumentError(
                "model",
                "hold model.json and model.safetensors of one model",
                f"files of different models in {directory}",
                "save the model again",
            )
        fill = arrays.pop("fill")
        structure = Structure.from_dict(meta["structure"], load_components(directory)) if "structure" in meta else None
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
            structure=structure,
        )

    def _input(self, G: ArrayLike, A: ArrayLike | None, env: ArrayLike | None) -> tuple[Array, Array]:
        values = np.asarray(G)
        p, a = len(self.variants), len(self.aux_names)
        if values.ndim != 2 or values.shape[1] != p:
            raise ArgumentError(
                "G",
                f"have the {p} columns of the model's variants",
                f"shape {values.shape}",
                "give one column for each row of the model's table of variants",
            )
        missing = values == MISSING_CALL if values.dtype == np.int8 else np.isnan(values)
        genotypes = values.astype(np.float64)
        if missing.any():
            genotypes[missing] = self._fill_rows(env, len(values))[missing]
        aux = np.zeros((len(values), 0)) if A is None else np.asarray(A, dtype=np.float64).reshape(len(values), -1)
        if aux.shape[1] != a:
            raise ArgumentError(
                "A",
                f"have the model's {a} auxiliary features ({', '.join(self.aux_names[:10])})",
                f"{aux.shape[1]}",
                "give them in this order",
            )
        return genotypes, aux

    def _fill_rows(self, env: ArrayLike | None, n: int) -> Array:
        if env is None:
            return np.broadcast_to(self.encoder.center, (n, len(self.variants)))
        names, codes = np.unique(np.asarray(env).astype(str), return_inverse=True)
        if len(codes) != n:
            raise ArgumentError(
                "env", f"have a label for each of the {n} rows of G", f"{len(codes)}", "give one label for each row"
            )
        return self.wanted.fill_for(tuple(str(name) for name in names))[codes]


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
