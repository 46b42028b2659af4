"""Packages that only some jobs need."""

from importlib import import_module
from typing import Any

__all__ = ["MissingExtraError", "extra"]


class MissingExtraError(ImportError):
    """An optional package is not installed; the message says how to install it."""


def extra(module: str, name: str, what: str) -> Any:
    """Import an optional package.

    Parameters
    ----------
    module : str
        What to import.
    name : str
        Extra of this package that brings it; empty for what this package itself brings, and is missing here.
    what : str
        Job that needs it, for the message.

    Returns
    -------
    module

    Raises
    ------
    MissingExtraError
        Where it is not installed.

    Examples
    --------
    >>> extra("nowhere_to_be_found", "dask", "the cluster")
    Traceback (most recent call last):
    latentmr.extras.MissingExtraError: the cluster needs nowhere_to_be_found: pip install 'latentmr[dask]'
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        install = f"'latentmr[{name}]'" if name else package
        raise MissingExtraError(f"{what} needs {package}: pip install {install}") from error
