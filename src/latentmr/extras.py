"""Import packages that only some tasks need."""

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
        Module to import.
    name : str
        Extra of this package that installs it. It is empty for a regular dependency that is missing.
    what : str
        Task that needs it, for the message.

    Returns
    -------
    module

    Raises
    ------
    MissingExtraError
        If it is not installed.

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
