"""Options of learners and of saved models."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Applying", "Learning"]

_LEARN, _TRAIN, _JUDGE = "Learning", "Training (learners with a network)", "Diagnosis"


@dataclass(frozen=True)
class Learning:
    """Learn instruments with this learner and these settings."""

    learner: Annotated[
        str,
        typer.Option(
            help="Learner of the instruments: linear, flow, autoencoder or auto. With auto, allele counts and dosages"
            " use linear (closed form), and continuous instruments use flow.",
            rich_help_panel=_LEARN,
        ),
    ] = "auto"
    form: Annotated[
        str,
        typer.Option(
            help="Form of the linear learner, which also initialises the networks: stationary, factor or auto. With"
            " auto, allele counts use factor.",
            rich_help_panel=_LEARN,
        ),
    ] = "auto"
    k: Annotated[
        str,
        typer.Option(help="Number of learned instruments: a whole number from 1, or auto.", rich_help_panel=_LEARN),
    ] = "auto"
    n_factors: Annotated[
        str,
        typer.Option(
            help="Number of latent factors in the factor form: a whole number, or auto.", rich_help_panel=_LEARN
        ),
    ] = "auto"
    diagnosis: Annotated[
        float,
        typer.Option(
            help="Proportion of individuals in the diagnosis sample, from 0 to 0.5. They are drawn within environments"
            " and held out of learning; the learned instruments are tested on them.",
            metavar="SHARE",
            rich_help_panel=_JUDGE,
        ),
    ] = 0.2
    steps: Annotated[
        int | None,
        typer.Option(help="Maximum number of training steps. Default: 2000.", rich_help_panel=_TRAIN),
    ] = None
    starts: Annotated[
        int | None,
        typer.Option(
            help="Number of random restarts: short training runs, the best of which continues. Default: 4.",
            rich_help_panel=_TRAIN,
        ),
    ] = None
    learning_rate: Annotated[
        float | None,
        typer.Option(
            help="Maximum learning rate, between 0 and 1. Default: 0.02 (flow) or 0.006 (autoencoder).",
            rich_help_panel=_TRAIN,
        ),
    ] = None
    device: Annotated[
        str | None,
        typer.Option(
            help="Device for training: cpu, cuda or auto (cuda if available). Default: auto.", rich_help_panel=_TRAIN
        ),
    ] = None
    checkpoint_every: Annotated[
        int | None,
        typer.Option(
            help="Number of training steps between checkpoints, which are kept beside --out until the run ends."
            " Default: 500.",
            rich_help_panel=_TRAIN,
        ),
    ] = None
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Resume an interrupted run from its checkpoint.", rich_help_panel=_TRAIN),
    ] = False


@dataclass(frozen=True)
class Applying:
    """Use a saved model."""

    model: Annotated[
        Path, typer.Option(help="Folder written by latentmr learn or latentmr run.", rich_help_panel=_LEARN)
    ]
