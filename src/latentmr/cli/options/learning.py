"""Options of learners, and of what they made."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Applying", "Learning"]

_LEARN, _TRAIN, _JUDGE = "Learning", "Training (learners with a network)", "Diagnosis"


@dataclass(frozen=True)
class Learning:
    """The learner and its settings."""

    learner: Annotated[
        str,
        typer.Option(
            help="auto, linear, flow or autoencoder; auto takes linear, in closed form, for allele counts and dosages,"
            " and flow for continuous instruments.",
            rich_help_panel=_LEARN,
        ),
    ] = "auto"
    form: Annotated[
        str,
        typer.Option(
            help="Of the linear learner, or of the start of others: auto, stationary or factor; auto takes factor for"
            " allele counts.",
            rich_help_panel=_LEARN,
        ),
    ] = "auto"
    k: Annotated[str, typer.Option(help="Number of instruments: auto or a number.", rich_help_panel=_LEARN)] = "auto"
    n_factors: Annotated[
        str, typer.Option(help="Factors of the factor form: auto or a number.", rich_help_panel=_LEARN)
    ] = "auto"
    diagnosis: Annotated[
        float,
        typer.Option(
            help="Share of people, within environments, kept out of learning: the instruments are judged on them.",
            metavar="SHARE",
            rich_help_panel=_JUDGE,
        ),
    ] = 0.2
    steps: Annotated[int | None, typer.Option(help="Steps of training, at most.", rich_help_panel=_TRAIN)] = None
    starts: Annotated[
        int | None,
        typer.Option(help="Short trainings, of which the best is trained on.", rich_help_panel=_TRAIN),
    ] = None
    learning_rate: Annotated[
        float | None, typer.Option(help="Largest step of the optimiser.", rich_help_panel=_TRAIN)
    ] = None
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda: where to train.", rich_help_panel=_TRAIN)] = (
        None
    )
    checkpoint_every: Annotated[
        int | None,
        typer.Option(help="Steps between checkpoints, kept beside --out until the end.", rich_help_panel=_TRAIN),
    ] = None
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on from the checkpoint of a run that was stopped.", rich_help_panel=_TRAIN),
    ] = False


@dataclass(frozen=True)
class Applying:
    """A saved model."""

    model: Annotated[Path, typer.Option(help="Folder that `latentmr learn` or `run` wrote.", rich_help_panel=_LEARN)]
