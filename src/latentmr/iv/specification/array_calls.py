"""Let tests be called in two ways: on arrays, or on an object that was computed from them."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

from latentmr.errors import ArgumentError
from latentmr.iv.kclass import Fit
from latentmr.iv.problem import Problem
from latentmr.iv.reduced_form import ReducedForm
from latentmr.results.estimates import Estimates
from latentmr.results.objects import Estimate

__all__ = ["OnArrays", "on_arrays"]

Solved_contra = TypeVar("Solved_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)
Options = ParamSpec("Options")
Arrays = ParamSpec("Arrays")

SOLVED = (Problem, Fit, Estimate, Estimates)
#: Arguments that a problem is made from, in the order of positions.
MADE_OF = ("Z", "x", "y", "C", "se", "cluster")


class OnArrays(Protocol[Solved_contra, Options, Arrays, Result_co]):
    """A test that takes arrays, or an object that was computed from them."""

    @overload
    def __call__(self, solved: Solved_contra, /, *args: Options.args, **options: Options.kwargs) -> Result_co: ...
    @overload
    def __call__(self, *args: Arrays.args, **options: Arrays.kwargs) -> Result_co: ...


def on_arrays(
    test: Callable[Concatenate[Solved_contra, Options], Result_co],
) -> Callable[[Callable[Arrays, Result_co]], OnArrays[Solved_contra, Options, Arrays, Result_co]]:
    """Let a test on arrays also take a solved problem.

    Parameters
    ----------
    test : callable
        The test itself, whose first argument is a :class:`~latentmr.iv.Problem`, a :class:`~latentmr.iv.Fit` or an
        estimate.

    Returns
    -------
    callable
        A decorator of the function that computes the first argument of ``test`` from arrays. The decorated function
        keeps its signature and docstring. It passes a solved problem, a fit or an estimate directly to ``test``.
    """

    def decorate(on: Callable[Arrays, Result_co]) -> OnArrays[Solved_contra, Options, Arrays, Result_co]:
        @wraps(on)
        def call(*args: object, **options: object) -> Result_co:
            named = next((name for name in ("Z", "posed", "estimate") if name in options and not args), None)
            first = args[0] if args else options[named] if named else None
            if not isinstance(first, SOLVED):
                return cast(Callable[..., Result_co], on)(*args, **options)
            _refuse_both(first, args, options if named != "Z" else {k: v for k, v in options.items() if k != "Z"})
            rest = {name: value for name, value in options.items() if name not in (*MADE_OF, named)}
            return cast(Callable[..., Result_co], test)(first, *args[1:], **rest)

        return cast(OnArrays[Solved_contra, Options, Arrays, Result_co], call)

    return decorate


def _refuse_both(first: object, args: tuple[object, ...], options: dict[str, object]) -> None:
    """Raise an error if arrays are given together with an object that was computed from arrays."""
    known = (ReducedForm, float, int, type(None))
    beside = [name for name, value in zip(MADE_OF[1:], args[1:], strict=False) if not isinstance(value, known)]
    beside += [name for name in MADE_OF if options.get(name) is not None]
    if beside:
        kind = "estimates" if isinstance(first, Estimate | Estimates) else f"a {type(first).__name__}"
        raise ArgumentError(
            "Z",
            f"be instruments, followed by x and y, or {kind} alone",
            f"{kind} with {', '.join(beside)}",
            "leave these out, or give only arrays",
        )
