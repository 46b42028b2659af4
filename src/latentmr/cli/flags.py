"""What the library calls by the names of arguments, the command line calls by its options: here, and nowhere else."""

import re
from dataclasses import fields
from functools import cache

from latentmr.cli import options

__all__ = ["flag_of", "with_flags"]


@cache
def _known() -> frozenset[str]:
    return frozenset(option.name for name in options.__all__ for option in fields(getattr(options, name)))


def flag_of(name: str) -> str | None:
    """Return the option of an argument, such as ``--n-factors`` of ``n_factors``; None where there is none."""
    return f"--{name.replace('_', '-')}" if name in _known() else None


def with_flags(text: str) -> str:
    """Write names of arguments between backticks as the options that they are."""
    return re.sub(r"`([a-z][a-z0-9_]*)`", lambda name: flag_of(name[1]) or name[1], text)
