"""A Python function as a method: `module:name`."""

import importlib
import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
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
        """What the function returns for the degraded plane; a fault of its own is told as such.

        Raises
        ------
        InputError : the function cannot be found, or raises
        """
        degraded = seen.plane.copy()  # a function may work in place
        arguments: tuple[Any, ...] = (degraded, seen.level)
        try:
            function, number = self._loaded
            return function(*arguments[:number])
        except InputError:
            raise
        except (Exception, SystemExit) as error:  # a stranger's code: anything may come
            raise InputError(
                f"{self.spec} failed on {seen.image} at level {seen.level}: {_told(error)}"
            ) from error

    @cached_property
    def _loaded(self) -> tuple[Callable[..., Any], int]:
        function = load_callable(self.spec)
        return function, _num_arguments(function, self.spec)

    def __getstate__(self) -> dict[str, str]:
        """Only the name: a function defined in a script cannot be pickled."""
        return {"spec": self.spec}

    @property
    def source(self) -> Path | None:
        """File that the function stands in; None where Python cannot tell."""
        try:
            file = inspect.getsourcefile(inspect.unwrap(self._loaded[0]))
        except TypeError:
            return None
        return None if file is None else Path(file)


def load_callable(spec: str) -> Callable[..., Any]:
    """The function that `module:name` stands for; the working folder is searched first.

    Raises
    ------
    InputError : no such form, module or name, or it is not callable with a plane
    """
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
    _num_arguments(function, spec)
    return function  # type: ignore[no-any-return]


def _told(error: BaseException) -> str:
    """Kind and message of an error, on one line."""
    kind, message = type(error).__name__, " ".join(str(error).split())
    return f"{kind}: {message}" if message else kind


def _num_arguments(function: Callable[..., Any], spec: str) -> int:
    """How many of (plane, level) a function takes; InputError if none, or if it needs more."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 1  # built in: nothing is known of it
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p for p in positional if p.default is p.empty]
    by_name = any(p.kind is p.KEYWORD_ONLY and p.default is p.empty for p in parameters)
    variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if (not positional and not variadic) or len(needed) > 2 or by_name:
        raise InputError(
            f"{spec} must take the degraded plane, or the plane and its level, "
            f"got {inspect.signature(function)}"
        )
    takes_level = len(needed) == 2 or (len(positional) > 1 and positional[1].name == "level")
    return 2 if takes_level else 1
