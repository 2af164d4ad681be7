"""Determinism, and the record of what a result was computed with."""

import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from memnet.errors import InputError


def make_deterministic(seed: int) -> None:
    """Seed torch and forbid operations whose result may differ from run to run.

    Convolutions and products stay in full single precision: a GPU would otherwise round their
    inputs to 10 bits (TF32), which the official code did not.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS asks for it
    torch.manual_seed(seed)
    # Not use_deterministic_algorithms, which imports the compiler: a second for every command.
    torch.set_deterministic_debug_mode("error")
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


@contextmanager
def torch_as_it_was() -> Iterator[None]:
    """Put torch's generators and the settings of `make_deterministic` back after the block."""
    cuda, cudnn = torch.backends.cuda, torch.backends.cudnn
    debug = torch.get_deterministic_debug_mode()
    before = cudnn.benchmark, cudnn.allow_tf32, cuda.matmul.allow_tf32
    with torch.random.fork_rng():
        try:
            yield
        finally:
            torch.set_deterministic_debug_mode(debug)
            cudnn.benchmark, cudnn.allow_tf32, cuda.matmul.allow_tf32 = before


def environment(device: torch.device) -> dict[str, Any]:
    """Versions, device and threads that a number may depend on."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "platform": platform.system(),
        "device": f"{device.type}: {name}",
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
    }


def code_sha256() -> str:
    """Hash over the source files that can change a trained weight."""
    root = Path(__file__).parent
    files = [root / "seeding.py", root / "schema.py"]
    for package in ("data", "imaging", "inference", "models", "params", "tasks", "training"):
        files += (root / package).rglob("*.py")
    digest = sha256()
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def git_state() -> tuple[str | None, bool | None]:
    """Commit, and whether files that the pipeline does not write have changed; None without git."""
    written = [":!dvc.lock", ":!reports/summary.csv"]
    try:
        commit, status = (
            subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout
            for arguments in (["rev-parse", "HEAD"], ["status", "--porcelain", "--", ".", *written])
        )
    except (OSError, subprocess.CalledProcessError):
        return None, None
    return commit.strip(), bool(status.strip())


def choose_device(name: str) -> torch.device:
    """Device by name; "auto" is CUDA if there is a GPU. InputError if it is not available."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name not in ("cpu", "cuda"):
        raise InputError(f"device must be auto, cpu or cuda, got {name!r}")
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("device cuda is not available here: take cpu or auto")
    return torch.device(name)
