"""A call in a process of its own, with bounded memory, whose end can be judged."""

import importlib
import os
import pkgutil
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import torch

import memnet
import pipelines

MEMORY = 2**30  # bytes beyond what is in use when the call begins
SECONDS = 60
CRASHED = 70


@dataclass(frozen=True)
class Ending:
    """How a call ended.

    Attributes
    ----------
    code : exit code, negative for a signal
    said : what it wrote to stderr
    peak : most memory that the process held, in bytes
    """

    code: int
    said: str
    peak: int

    @property
    def fault(self) -> str | None:
        """What is wrong with it: a traceback, a signal or silence; None if it ended well."""
        if self.code < 0:
            return f"ended by {signal.Signals(-self.code).name}"
        if self.code == CRASHED or "Traceback (most recent call last)" in self.said:
            return "traceback: " + self.said.strip().splitlines()[-1]
        if self.code and not self.said.strip():
            return f"exit code {self.code} without a word"
        return None


def import_everything() -> None:
    """What each call would otherwise import anew after its fork."""
    for package in (memnet, pipelines):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(("__main__", "bm3d", "openvino")):  # extras
                importlib.import_module(module.name)


def isolated(call: Callable[[], object], folder: Path, streams: Path) -> Ending:
    """Run `call` in a fork whose working folder is `folder`.

    Parameters
    ----------
    streams : folder for what it prints
    """
    child = os.fork()
    if child == 0:
        _run(call, folder, streams)
    _, status, usage = os.wait4(child, 0)
    said = (streams / "stderr").read_text(encoding="utf-8", errors="replace")
    return Ending(os.waitstatus_to_exitcode(status), said, usage.ru_maxrss * 1024)


def _run(call: Callable[[], object], folder: Path, streams: Path) -> NoReturn:
    code = CRASHED
    try:
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(streams / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        # As Python's own, which escapes what is no character instead of failing at it.
        sys.stderr = open(2, "w", errors="backslashreplace", closefd=False)  # noqa: SIM115
        os.chdir(folder)
        torch.set_num_threads(1)  # the threads of the parent are not here
        used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        code = int(call() or 0)
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
