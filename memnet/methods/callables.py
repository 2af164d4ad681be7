"""A Python function as a method: `module:name`."""

import importlib
import inspect
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memnet.errors import InputError
from memnet.tasks.task import DegradedImage


@dataclass(frozen=True)
class CallableRestorer:
    """A function that takes the degraded plane, and its level where it asks for one.

    It asks by a second parameter that has no default, or is called `level`.

    The plane is (H, W) float32 in units of 255 = 1, as is the restored one that it returns. The
    module is looked for in the working folder too. Only the name travels to another process.
    """

    spec: str

    def __call__(self, seen: DegradedImage) -> Any:
        """What the function returns; InputError if it is not found, or if it raises."""
        try:
            function, number = load_callable(self.spec)
            arguments = (seen.plane.copy(), seen.level)  # a function may work in place
            return function(*arguments[:number])
        except InputError:
            raise
        except (Exception, SystemExit) as error:  # a stranger's code: anything may come
            raise InputError(
                f"{self.spec} failed on {seen.image} at level {seen.level}: {_told(error)}"
            ) from error

    @property
    def source(self) -> Path | None:
        """File that the function stands in; None where Python cannot tell."""
        try:
            file = inspect.getsourcefile(inspect.unwrap(load_callable(self.spec)[0]))
        except TypeError:
            return None
        return None if file is None else Path(file)


def load_callable(spec: str) -> tuple[Callable[..., Any], int]:
    """The function `module:name` and its number of arguments; InputError if there is none."""
    module_name, colon, name = spec.partition(":")
    if not (colon and module_name and name):
        raise InputError(f"a function must be given as module:name, got {spec!r}")
    folder = os.getcwd()  # noqa: PTH109  (sys.path holds text)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # whatever a stranger's module does on import
        reason = _told(error)
        if isinstance(error, ModuleNotFoundError) and error.name:
            reason = (
                f"there is no module {error.name!r} here; install it, or run in the folder that "
                "holds it"
            )
        raise InputError(
            f"module {module_name!r} of {spec} could not be imported: {reason}"
        ) from error
    function = getattr(module, name, None)
    if not callable(function):
        raise InputError(f"{spec} must name a function of {module_name}, got no such function")
    return function, _num_arguments(function, spec)


def _told(error: BaseException) -> str:
    """Kind and message of an error, on one line."""
    kind, message = type(error).__name__, " ".join(str(error).split())
    return f"{kind}: {message}" if message else kind


def _num_arguments(function: Callable[..., Any], spec: str) -> int:
    """How many of (plane, level) a function takes; InputError if none, or if it needs more."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return 1  # built in: nothing is known of it
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in signature.parameters.values() if p.kind in positional]
    for number in (2, 1) if names[1:2] == ["level"] else (1, 2):
        with suppress(TypeError):
            signature.bind(*range(number))
            return number
    raise InputError(
        f"{spec} must take the degraded plane, or the plane and its level, got {signature}"
    )
