"""A network out of one file of weights that a user has: ours, its authors', or a state dict."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from textwrap import shorten
from typing import Any

import h5py
import torch
from safetensors.torch import load_file

from memnet.errors import InputError
from memnet.imaging.io import COPY_AGAIN
from memnet.models.config import DncnnConfig, DrcnConfig, MemNetConfig, NetworkConfig, VdsrConfig
from memnet.models.network import Network, build_network
from memnet.models.saved import Levels
from memnet.params import load_params
from memnet.pretrained.authors import (
    OF_DNCNN3,
    OF_VDSR,
    arcnn_files,
    dncnn_file,
    lapsrn_files,
    vdsr_file,
)
from memnet.pretrained.caffe import memnet_official
from memnet.pretrained.matlab import must_hold, read_version_5
from memnet.results.networks import RELEASED
from memnet.results.run_record import RECORD, read_record

TENSORS = (".pth", ".pt", ".ckpt", ".bin", ".safetensors")
SUFFIXES = (".mat", ".caffemodel", *TENSORS)
WRAP = "wrap yours in a function and give --method module:function"
SAVE = f"save the network's state_dict(), or {WRAP}"
WRAPPED = ("params_ema", "params", "state_dict", "model_state_dict", "model", "net", "network")
"""Keys under which checkpoints of other code hold their state dict, as BasicSR's do."""

OF_MEMNET: Levels = {
    "super_resolution": [2, 3, 4], "denoising": [30, 50, 70], "jpeg_deblocking": [10, 20],
}  # fmt: skip
"""Tai et al., ICCV 2017, section 5: a network for each task."""

AS_PUBLISHED: dict[str, NetworkConfig] = {
    config.kind: config for config in (MemNetConfig(), VdsrConfig(), DrcnConfig(), DncnnConfig())
}
"""Networks of the sizes of their papers, by the names that `layout` may have."""


def read_weights(path: Path, layout: str | None) -> Network:
    """The network of a file of weights, in evaluation mode.

    Parameters
    ----------
    path : of a MATLAB file of VDSR, DnCNN-3, ARCNN or LapSRN, a `.caffemodel` of MemNet, or a
        state dict of PyTorch, in a pickle (read without running it) or as safetensors
    layout : of a state dict, the network that it belongs to: one of params.yaml, or one of
        `AS_PUBLISHED`

    Raises
    ------
    InputError : the file is missing, damaged or of another format, or `layout` is missing or
        unknown
    """
    if not path.is_file():
        got = "is a folder" if path.is_dir() else "is not there"
        raise InputError(f"{path} must be a file of weights, but {got}")
    suffix = path.suffix.lower()
    if suffix in TENSORS:
        return _of_tensors(path, layout)
    if layout is not None:
        raise InputError(f"--network has no meaning for {path}, which says what it is of")
    network: Network
    if suffix == ".caffemodel":
        network, trained = memnet_official(path), OF_MEMNET  # the file is for one of them
    else:
        network, trained = _of_matlab(path)
    network.trained_for = trained
    return network.eval()


# MATLAB


def _of_matlab(path: Path) -> tuple[Network, Levels]:
    """Network of a MATLAB file, told by the variables in it, and what it was trained for."""
    if h5py.is_hdf5(path):
        return dncnn_file(path), OF_DNCNN3
    with must_hold(path, "weights of VDSR, DnCNN-3, ARCNN or LapSRN"):
        names = [name for name in read_version_5(path) if not name.startswith("__")]
        if not {"model", "weights_conv1", "net"} & set(names):
            raise ValueError(f"it holds {', '.join(names[:3]) or 'nothing'}")
    if "model" in names:
        return vdsr_file(path), OF_VDSR
    if "weights_conv1" in names:
        quality = _number(path, r"(?<![a-z])q_?(\d+)", "its JPEG quality, as ARCNN_q10.mat does")
        return arcnn_files({quality: path}), {"jpeg_deblocking": [quality]}
    scale = _number(path, r"(?<![a-z])x_?([248])", "its scale, as LapSRN_x2.mat does")
    return lapsrn_files({scale: path}), {"super_resolution": [scale]}


def _number(path: Path, pattern: str, what: str) -> Any:
    found = re.findall(pattern, path.stem, re.IGNORECASE)
    if not found:
        raise InputError(f"the name of {path} must tell {what}: rename it")
    return int(found[-1])


# State dicts


def _of_tensors(path: Path, layout: str | None) -> Network:
    tensors, layouts = _tensors(path), _layouts()
    first = ", ".join(list(tensors)[:2])
    if layout is None:
        raise InputError(
            f"{path} holds {len(tensors)} tensors ({first} ...), but does not say of which "
            f"network: name it by --network ({', '.join(layouts)}), or {WRAP}"
        )
    if layout not in layouts:
        raise InputError(f"--network must be one of {', '.join(layouts)}, got {layout!r}")
    network = build_network(layouts[layout])
    try:
        network.load_state_dict(tensors)
    except (RuntimeError, TypeError) as error:
        reason = " ".join(str(error).split("\n\t")[1:2]) or str(error)
        raise InputError(
            f"{path} must hold the weights of {layout}, but: {shorten(reason, 200)} It begins with "
            f"{first}. Give another --network, or {WRAP}"
        ) from None
    if not all(bool(torch.isfinite(tensor).all()) for tensor in network.state_dict().values()):
        raise InputError(f"{path} must hold finite weights, got NaN or infinity")
    return network.float().eval()


def _layouts() -> dict[str, NetworkConfig]:
    """Networks that a state dict can be of: as published, of params.yaml, and released here."""
    of_params = load_params().networks if Path("params.yaml").exists() else {}
    records = {
        path.parent.name: read_record(path.parent) for path in sorted(RELEASED.glob(f"*/{RECORD}"))
    }
    released = {name: record.network for name, record in records.items() if record.network}
    return {**AS_PUBLISHED, **of_params, **released}


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    """The state dict of a file, taken out of what checkpoints wrap it in."""
    try:
        if path.suffix.lower() == ".safetensors":
            return dict(load_file(path))
        held = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:  # what torch says of it may be code that it did not run
        if zipfile.is_zipfile(path) or "Unsupported global" in str(error):
            raise InputError(f"{path} must hold tensors alone, but holds code; {SAVE}") from None
        raise InputError(f"{path} must be a whole file of tensors; {COPY_AGAIN}") from None
    except Exception:  # safetensors, zipfile and torch raise many kinds for damaged bytes
        raise InputError(f"{path} must be a whole file of tensors; {COPY_AGAIN}") from None
    while isinstance(held, Mapping) and (
        inner := [held[key] for key in WRAPPED if isinstance(held.get(key), Mapping)]
    ):
        held = inner[0]
    if not (isinstance(held, Mapping) and held and all(map(torch.is_tensor, held.values()))):
        raise InputError(f"{path} must hold a state dict, got {type(held).__name__}; {SAVE}")
    return {str(name).removeprefix("module."): tensor for name, tensor in held.items()}
