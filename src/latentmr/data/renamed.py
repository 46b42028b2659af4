"""Arguments that have been renamed: the former name still works, with a warning that gives the new one."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from warnings import warn

from latentmr.errors import ArgumentError

__all__ = ["renamed"]

Target = TypeVar("Target", bound=Callable[..., Any])


def renamed(*, former_wins: bool = False, **former: str) -> Callable[[Target], Target]:
    """Make a function, or the constructor of a class, accept arguments under their former names too.

    Parameters
    ----------
    former_wins : bool
        Whether the former name wins if both are given, as ``dataclasses.replace`` gives them; otherwise that is an
        error.
    **former : str
        The present name of each argument, by its former name.

    Returns
    -------
    callable
        Decorator. Use of a former name warns (DeprecationWarning).

    Examples
    --------
    >>> import warnings
    >>> @renamed(site="env")
    ... def read(env=None):
    ...     return env
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     print(read(site="centre"), "|", caught[0].message)
    centre | the argument site of read is now env
    """

    def decorate(target: Target) -> Target:
        function = target.__init__ if isinstance(target, type) else target  # type: ignore[misc]
        name = target.__name__

        @wraps(function)
        def call(*args: Any, **named: Any) -> Any:
            for old, new in former.items():
                if old not in named:
                    continue
                if new in named and not former_wins:
                    raise ArgumentError(new, f"be given without `{old}`, its former name", "both", f"leave `{old}` out")
                warn(f"the argument {old} of {name} is now {new}", DeprecationWarning, stacklevel=2)
                named[new] = named.pop(old)
            return function(*args, **named)

        if isinstance(target, type):
            setattr(target, "__init__", call)  # noqa: B010
            return target
        return call  # type: ignore[return-value]

    return decorate
