"""Notes on training: its random restarts, and whether a flow was used."""

from latentmr.learn import Representation
from latentmr.typing import Row

__all__ = ["notes_on_training", "table_of_numbers", "table_of_starts"]


def table_of_starts(representation: Representation) -> list[Row]:
    """Return the starts with their steps, held-out objective and agreement with the selected start; may be empty."""
    training = representation.history.training
    return [] if training is None else [row.to_dict() for row in training.starts]


def table_of_numbers(representation: Representation) -> list[Row]:
    """Return the candidates for the number of instruments, if ``k`` was not given; may be empty."""
    rows = representation.history.k_curve or ()
    return [row.to_dict() | {"accepted": "yes" if row.accepted else "no"} for row in rows]


def notes_on_training(representation: Representation) -> list[str]:
    """Report which start was selected, and the gain of a flow over the factor form.

    Parameters
    ----------
    representation : Representation

    Returns
    -------
    list of str
    """
    notes = []
    alive = [row for row in table_of_starts(representation) if row["objective"] is not None]
    if len(alive) > 1:
        longest = max(row["steps"] for row in alive)
        won = min((row for row in alive if row["steps"] == longest), key=lambda row: row["objective"])
        others = ", ".join(f"{row['start']} {row['objective']:.3f}" for row in alive if row is not won)
        notes.append(
            f"training: the start at the {won['start']} had the lowest objective in held-out individuals and was"
            f" selected ({won['objective']:.3f}; {others})"
        )
    flow = representation.history.flow
    if flow is not None and flow.gain is not None:
        gained = f"{flow.gain:.3f} nats per individual (standard error {flow.gain_se:.3f})"
        notes.append(
            f"the flow on the factor form changed the log-likelihood of held-out individuals by {gained}"
            + (" and was used" if flow.taken else ", which is too little: the instruments are linear")
        )
    return notes
