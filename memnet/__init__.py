"""MemNet (Tai et al., ICCV 2017) reproduced: networks, protocols, training and evaluation.

Importing takes no time: the names below come from `memnet.api` when one of them is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from memnet.api import (
        InputError,
        MemNet,
        MemNetConfig,
        degrade,
        imresize,
        load,
        networks,
        psnr,
        restore,
        score,
        ssim,
    )

__version__ = "0.1.0"
__all__ = [
    "InputError", "MemNet", "MemNetConfig", "degrade", "imresize", "load", "networks", "psnr",
    "restore", "score", "ssim",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'memnet' has no attribute {name!r}")
    return getattr(import_module("memnet.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
