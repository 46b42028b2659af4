"""Names of options: the library names arguments, and the command line turns them into options here only."""

import re
from collections.abc import Collection
from dataclasses import fields
from functools import cache

from latentmr.cli import options
from latentmr.errors import ArgumentError

__all__ = ["OptionError", "flag_of", "in_options", "with_flags"]

#: Arguments of the library whose option has another name, in every command.
RENAMED = {"foils": "comparators", "jobs": "threads", "placebo": "negative_control"}
#: Arguments whose option depends on the command.
RENAMED_IN = {
    "benchmark": {"source": "bfile"},
    "pca": {"folder": "loadings", "k": "pcs", "kb": "thin_kb", "r2": "thin_r2"},
    "select": {"columns": "gwas_columns", "kb": "clump_kb", "p1": "clump_p", "r2": "clump_r2", "share": "fold"},
    "simulate": {"source": "bfile"},
    "summary": {"columns": "exposure_columns", "kb": "clump_kb", "r2": "clump_r2"},
}
#: Arguments that a command takes without an option, and the names that its help gives them.
POSITIONAL = {"simulate": {"scenario": "SCENARIO"}}
#: Words that name options and what the options bring. A message that begins with one is about the option if it was
#: given, else about the data.
NOUNS = ("instruments", "variants", "sample")


class OptionError(ValueError):
    """An :class:`~latentmr.errors.ArgumentError` in the words of the command line."""


@cache
def _known() -> frozenset[str]:
    return frozenset(option.name for name in options.__all__ for option in fields(getattr(options, name)))


def flag_of(name: str, verb: str = "", known: Collection[str] | None = None) -> str | None:
    """Return the option that an argument of the library is given by.

    Parameters
    ----------
    name : str
        Name of the argument.
    verb : str
        The command that runs; some names depend on it.
    known : collection of str, optional
        Names of the options that this command has; by default those of all commands.

    Returns
    -------
    str or None
        None if there is no such option.

    Examples
    --------
    >>> flag_of("n_factors"), flag_of("jobs"), flag_of("k", "pca"), flag_of("nothing")
    ('--n-factors', '--threads', '--pcs', None)
    """
    if name in POSITIONAL.get(verb, {}):
        return POSITIONAL[verb][name]
    name = RENAMED_IN.get(verb, {}).get(name) or RENAMED.get(name, name)
    return f"--{name.replace('_', '-')}" if name in (_known() if known is None else known) else None


def with_flags(text: str) -> str:
    """Write each name of an argument that stands between backticks as its option."""
    return re.sub(r"`([a-z][a-z0-9_]*)`", lambda name: flag_of(name[1]) or name[1], text)


def in_options(error: ArgumentError, verb: str, known: Collection[str], given: Collection[str]) -> OptionError:
    """Say an error of the library in the words of the command line.

    Parameters
    ----------
    error : ArgumentError
    verb : str
        The command that ran.
    known : collection of str
        Names of its options.
    given : collection of str
        Names of the options that have another value than their default.

    Returns
    -------
    OptionError

    Examples
    --------
    >>> error = ArgumentError("instruments", "be fewer than individuals", "90 for 60", "give a shorter `extract` list")
    >>> print(in_options(error, "run", ["extract", "instruments"], ["bfile"]))
    Instruments must be fewer than individuals. Got 90 for 60; give a shorter --extract list.
    """
    if error.argument in NOUNS and error.argument not in given:
        # a capital letter keeps the word from being an option
        error = ArgumentError(error.argument.capitalize(), error.must, error.got, error.remedy)
    return OptionError(error.told(lambda name: flag_of(name, verb, known)))
