"""A Python function or module of PyTorch as a method."""

import importlib
import inspect
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from memnet.errors import InputError
from memnet.tasks.task import DegradedImage


@dataclass(frozen=True)
class FunctionRestorer:
    """A function that takes the degraded plane, and its level where it asks for one.

    It asks by a second parameter that has no default, or is called `level`.

    The plane is (H, W) float32 in units of 255 = 1, as is the restored one that it returns. A
    module of PyTorch is given (1, 1, H, W) on its own device, and returns that.
    """

    name: str
    function: Callable[..., Any]

    def __call__(self, seen: DegradedImage) -> Any:
        """What the function returns; InputError if it raises."""
        try:
            arguments = (seen.plane.copy(), seen.level)  # a function may work in place
            number = _num_arguments(self.function, self.name)
            if isinstance(self.function, nn.Module):
                return _of_module(self.function, *arguments[:number])
            return self.function(*arguments[:number])
        except InputError:
            raise
        except (Exception, SystemExit) as error:  # a stranger's code: anything may come
            raise InputError(
                f"{self.name} failed on {seen.image} at level {seen.level}: {_told(error)}"
            ) from error


@dataclass(frozen=True)
class CallableRestorer:
    """The function or module `module:name`, as `FunctionRestorer` calls it.

    The module is looked for in the working folder too. Only the name travels to another process.
    """

    spec: str

    def __call__(self, seen: DegradedImage) -> Any:
        """What the function returns; InputError if it is not found, or if it raises."""
        return FunctionRestorer(self.spec, load_callable(self.spec))(seen)

    @property
    def source(self) -> Path | None:
        """File that the function stands in; None where Python cannot tell."""
        found = inspect.unwrap(load_callable(self.spec))
        try:
            file = inspect.getsourcefile(type(found) if isinstance(found, nn.Module) else found)
        except TypeError:
            return None
        return None if file is None else Path(file)


def load_callable(spec: str) -> Callable[..., Any]:
    """The function or module `module:name`; InputError if there is none, or it takes no plane."""
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
    function: Any = getattr(module, name, None)
    if not callable(function):
        raise InputError(f"{spec} must name a function of {module_name}, got no such function")
    if isinstance(function, type) and issubclass(function, nn.Module):
        raise InputError(f"{spec} is a class: name a network made of it, with its weights loaded")
    _num_arguments(function, spec)
    return function


def _of_module(module: nn.Module, plane: Any, *level: Any) -> Any:
    """The restored plane of a module, in evaluation mode while it computes."""
    tensors = [*module.parameters(), *module.buffers()]
    device = tensors[0].device if tensors else "cpu"
    before = [(part, part.training) for part in module.modules()]  # some may be frozen
    module.eval()
    try:
        with torch.inference_mode():
            restored = module(torch.from_numpy(plane)[None, None].to(device), *level)
    finally:
        for part, training in before:
            part.training = training
    if not (torch.is_tensor(restored) and restored.ndim == 4 and restored.shape[:2] == (1, 1)):
        got = tuple(restored.shape) if torch.is_tensor(restored) else type(restored).__name__
        raise InputError(f"a module must return a tensor (1, 1, H, W), got {got}")
    return restored[0, 0].float().cpu().numpy()


def _told(error: BaseException) -> str:
    """Kind and message of an error, on one line."""
    kind, message = type(error).__name__, " ".join(str(error).split())
    return f"{kind}: {message}" if message else kind


def _num_arguments(function: Callable[..., Any], name: str) -> int:
    """How many of (plane, level) a function takes; InputError if none, or if it needs more."""
    called = function.forward if isinstance(function, nn.Module) else function
    try:
        signature = inspect.signature(called)
    except (TypeError, ValueError):
        return 1  # built in: nothing is known of it
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in signature.parameters.values() if p.kind in positional]
    for number in (2, 1) if names[1:2] == ["level"] else (1, 2):
        with suppress(TypeError):
            signature.bind(*range(number))
            return number
    raise InputError(
        f"{name} must take the degraded plane, or the plane and its level, got {signature}"
    )
