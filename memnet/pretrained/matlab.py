"""Weights out of MATLAB files: plain arrays of versions 5 and 7.3, laid out as MatConvNet does."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from textwrap import shorten
from typing import Any

import h5py
import numpy as np
import scipy.io
import torch
from numpy.typing import NDArray
from pydantic import ValidationError

from memnet.errors import InputError
from memnet.schema import explain


@contextmanager
def must_hold(path: Path, content: str) -> Iterator[None]:
    """Turn any error in the block, which reads `path` and takes it apart, into one InputError."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{path} is missing: fetch the authors' weights first") from None
    except Exception as error:  # scipy, h5py, numpy and torch raise many plain types here
        reason = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        if isinstance(error, ValidationError):
            reason = explain(error)
        raise InputError(
            f"{path} must hold {content}, but: {shorten(reason, 200) or type(error).__name__}; "
            "copy it again from where it came"
        ) from error


def read_version_5(path: Path) -> dict[str, Any]:
    """Variables of a MATLAB file of version 5 to 7.2; structures become structured arrays.

    It is read in a process of its own: one in two hundred damaged files crashes scipy. A crash is a
    ValueError here; what scipy raises itself passes through.
    """
    path.stat()  # tells a file that is missing from one that is damaged
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as reader:
        try:
            read = reader.submit(scipy.io.loadmat, str(path), appendmat=False)
            variables: dict[str, Any] = read.result()
        except BrokenProcessPool:
            raise ValueError("what reads it crashed") from None
    return variables


def read_simple_network(path: Path) -> list[tuple[str, list[NDArray[Any]]]]:
    """Layers of a MatConvNet SimpleNN `net` in a file of version 7.3: type and weights of each."""
    with h5py.File(path, "r") as file:
        if "net/layers" not in file:
            raise ValueError("it has no net.layers")
        layers = []
        for layer in (file[reference] for reference in file["net/layers"][()].ravel()):
            kind = "".join(map(chr, layer["type"][()].ravel()))
            references = layer["weights"][()].ravel() if "weights" in layer else []
            # HDF5 lists the sides in the reverse of MATLAB's order.
            layers.append((kind, [file[reference][()].T for reference in references]))
        return layers


def kernel(weight: NDArray[Any]) -> torch.Tensor:
    """Convolution kernel (out, in, rows, columns) of a MatConvNet one (rows, columns, in, out).

    A transposed convolution's (rows, columns, out, in) becomes PyTorch's (in, out, rows, columns).
    Last sides of 1, which MATLAB drops, may be missing.
    """
    full = weight.reshape(weight.shape + (1,) * (4 - weight.ndim))
    return _tensor(full.transpose(3, 2, 0, 1))


def bias(values: NDArray[Any]) -> torch.Tensor:
    """Bias (out,) of a MATLAB row or column."""
    return _tensor(values.ravel())


def _tensor(values: NDArray[Any]) -> torch.Tensor:
    single = np.ascontiguousarray(values, dtype=np.float32)
    if not np.isfinite(single).all():
        raise ValueError("weights must be finite, got NaN or infinity")
    return torch.from_numpy(single)
