"""A network as one file for other programs: ONNX, or a program of torch.export."""

import contextlib
import io
import logging
import warnings
from pathlib import Path

import torch
from torch import nn

from memnet.errors import InputError
from memnet.files import atomic_path

SUFFIXES = (".onnx", ".pt2")
EXAMPLE = (2, 1, 33, 47)  # of the input; no size is special, and 1 would become fixed


def export_network(network: nn.Module, out: Path) -> None:
    """Write a network with free batch size, height and width; weights are inside the file.

    Parameters
    ----------
    network : in evaluation mode, of one input (N, 1, H, W)
    out : `.onnx`, whose input and output are called `degraded` and `restored`, or `.pt2`, which
        `torch.export.load` reads

    Raises
    ------
    InputError : another suffix
    ModuleNotFoundError : ONNX wants the extra [onnx]
    """
    if out.suffix.lower() not in SUFFIXES:
        raise InputError(f"--out must be a {' or '.join(SUFFIXES)} file, got {out}")
    sizes = {0: "batch", 2: "height", 3: "width"}
    dims = ({axis: torch.export.Dim(name) for axis, name in sizes.items()},)
    example = (torch.zeros(EXAMPLE),)
    with atomic_path(out) as part, warnings.catch_warnings(action="ignore"):
        if out.suffix.lower() == ".pt2":
            torch.export.save(torch.export.export(network, example, dynamic_shapes=dims), part)
            return
        import onnxscript  # noqa: F401  (said here, or torch says it with a traceback)

        # It warns that torchvision, which no network here uses, is not installed.
        logging.getLogger("torch.onnx._internal.exporter").setLevel(logging.ERROR)
        with contextlib.redirect_stdout(io.StringIO()):  # which reports each of its steps
            torch.onnx.export(
                network, example, part, dynamic_shapes=dims, dynamo=True, external_data=False,
                input_names=["degraded"], output_names=["restored"],
            )  # fmt: skip
