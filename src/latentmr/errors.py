"""What is wrong with an argument, in parts: so that each caller hears of it in its own words."""

import re
from collections.abc import Callable

__all__ = ["ArgumentError"]


class ArgumentError(ValueError):
    """An argument is not what it must be.

    The message names arguments as Python does; the command line says the same of its options (:meth:`told`). Inside
    ``must``, ``got`` and ``remedy`` the name of an argument stands between backticks.

    Parameters
    ----------
    argument : str
        Its name, or what it is about where that is no argument: the path of a file.
    must : str
        What must hold, after "must".
    got : str
        What came instead.
    remedy : str
        What to do. A remedy that begins with a capital letter is a sentence of its own.

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

    def told(self, flag: Callable[[str], str | None]) -> str:
        """Say it to who calls arguments by other names.

        Parameters
        ----------
        flag : callable
            From the name of an argument to what it is called; None where that is its name.

        Returns
        -------
        str
        """

        def called(name: re.Match[str]) -> str:
            return flag(name[1]) or name[1]

        subject = re.sub(r"(?<![\w./`'-])([a-z][a-z0-9_]*)(?![\w./])", called, self.argument)
        text = f"{subject} must {self.must}."
        if self.got:
            text += f" Got {self.got}"
            text += f". {self.remedy}." if self.remedy[:1].isupper() else f"; {self.remedy}." if self.remedy else "."
        elif self.remedy:
            text += f" {self.remedy[0].upper()}{self.remedy[1:]}."
        return re.sub(r"`([a-z][a-z0-9_]*)`", called, text)
