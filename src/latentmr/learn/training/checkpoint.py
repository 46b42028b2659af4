"""Write checkpoints of training whole or not at all, and reject those of another run."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from latentmr.errors import ArgumentError
from latentmr.learn.training.batches import Batches
from latentmr.learn.training.train import Training

__all__ = ["Checkpoint", "run_digest"]


class Checkpoint:
    """One file with the state of a training.

    Parameters
    ----------
    path : Path
        Path of the file. It is first written to a temporary file with the same name and ``.partial`` after it.
    digest : str
        Hash of data and settings (:func:`run_digest`); a checkpoint of another run is rejected.
    """

    def __init__(self, path: Path, digest: str) -> None:
        self.path, self._digest = path, digest

    def save(self, training: Training[Any], facts: dict[str, Any]) -> None:
        """Write the state of a training and facts about it."""
        tensors, state = training.state()
        meta = json.dumps({"digest": self._digest, "state": state, "facts": facts})
        partial = self.path.with_name(self.path.name + ".partial")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            save_file(tensors, partial, metadata={"latentmr": meta})
            os.replace(partial, self.path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def load(self) -> tuple[dict[str, torch.Tensor], dict[str, Any], dict[str, Any]]:
        """Return tensors, state and facts, as :meth:`save` wrote them.

        Raises
        ------
        ValueError
            If there is no checkpoint, or if it is damaged or from another run.
        """
        again = "leave out `resume` to start a new training"
        if not self.path.is_file():
            raise ArgumentError("resume", "find a checkpoint", f"none at {self.path}", f"{again}")
        try:
            with safe_open(self.path, framework="pt") as file:
                meta = json.loads(file.metadata()["latentmr"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a dict
            digest, state, facts = meta["digest"], meta["state"], meta["facts"]
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise ArgumentError(
                "resume", "find a readable checkpoint", f"{self.path}, a damaged one", f"{again}"
            ) from error
        if digest != self._digest:
            raise ArgumentError(
                "resume",
                "find the checkpoint of the same data and settings",
                f"{self.path}, of another run",
                f"{again}",
            )
        return tensors, state, facts


def run_digest(batches: Batches, settings: Mapping[str, object]) -> str:
    """Return a hash of everything that determines a training: inputs, environments, settings and device."""
    digest = hashlib.sha256(json.dumps(dict(settings), sort_keys=True).encode())
    digest.update(f"{batches.inputs.device} {torch.__version__}".encode())
    for part in (batches, batches.held_out):
        digest.update(repr((part.sizes, tuple(part.inputs.shape))).encode())
        digest.update(part.inputs.cpu().numpy().data)
    return digest.hexdigest()
