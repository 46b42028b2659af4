"""What training has to tell beside the network: its starts, and whether a flow was taken."""

from latentmr.learn import Representation
from latentmr.typing import Row

__all__ = ["notes_on_training", "table_of_numbers", "table_of_starts"]


def table_of_starts(representation: Representation) -> list[Row]:
    """Starts that competed, with steps, objective on held-out people and agreement with the winner; may be empty."""
    training = representation.history.training
    return [] if training is None else [row.to_dict() for row in training.starts]


def table_of_numbers(representation: Representation) -> list[Row]:
    """Numbers of instruments that were compared, where k was left to find; may be empty."""
    rows = representation.history.k_curve or ()
    return [row.to_dict() | {"accepted": "yes" if row.accepted else "no"} for row in rows]


def notes_on_training(representation: Representation) -> list[str]:
    """Say which start won, and what a flow on the factor form gained.

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
            f"training: the start at the {won['start']} won on people held out ({won['objective']:.3f}; {others}; less"
            " is better)"
        )
    flow = representation.history.flow
    if flow is not None and flow.gain is not None:
        gained = f"{flow.gain:.3f} nats per person (standard error {flow.gain_se:.3f})"
        notes.append(
            f"the flow on the factor form changed the log-likelihood of people held out by {gained}"
            + (" and was taken" if flow.taken else ", too little: the instruments are linear")
        )
    return notes
