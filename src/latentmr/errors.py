"""Errors about arguments, in parts, so that each interface can name the arguments in its own way."""

import re
from collections.abc import Callable

__all__ = ["ArgumentError"]


class ArgumentError(ValueError):
    """An argument does not meet its requirement.

    The message names arguments as Python does. The command line replaces them by its options (:meth:`told`).
    Inside ``must``, ``got`` and ``remedy`` the name of an argument stands between backticks.

    Parameters
    ----------
    argument : str
        Name of the argument, or the subject of the error if it is not an argument, such as the path of a file.
    must : str
        The requirement, as it follows the word "must".
    got : str
        What was given instead.
    remedy : str
        What to do. A remedy that begins with a capital letter becomes a separate sentence.

    Examples
    --------
    >>> error = ArgumentError("maf", "lie from 0 to 0.5", "0.7", "leave `maf` out to keep all variants")
    >>> print(error)
    maf must lie from 0 to 0.5. Got 0.7; leave maf out to keep all variants.
    >>> print(error.told({"maf": "--maf"}.get))
    --maf must lie from 0 to 0.5. Got 0.7; leave --maf out to keep all variants.
    """

    def __init__(self, argument: str, must: str, got: str = "", remedy: str = "") -> None:
        super().__init__(argument, must, got, remedy)
        self.argument, self.must, self.got, self.remedy = argument, must, got, remedy

    def __str__(self) -> str:
        return self.told(lambda name: None)

    def told(self, name_of: Callable[[str], str | None]) -> str:
        """Return the message with other names for the arguments.

        Parameters
        ----------
        name_of : callable
            Function from the name of an argument to the name to print, or to None if the name stays.

        Returns
        -------
        str
        """

        def renamed(name: re.Match[str]) -> str:
            return name_of(name[1]) or name[1]

        subject = re.sub(r"(?<![\w./`'-])([a-z][a-z0-9_]*)(?![\w./])", renamed, self.argument)
        text = f"{subject} must {self.must}."
        if self.got:
            text += f" Got {self.got}"
            text += f". {self.remedy}." if self.remedy[:1].isupper() else f"; {self.remedy}." if self.remedy else "."
        elif self.remedy:
            text += f" {self.remedy[0].upper()}{self.remedy[1:]}."
        return re.sub(r"`([a-z][a-z0-9_]*)`", renamed, text)
