"""Networks with the weights that their authors published.

InputError if a file is missing or does not hold the layers of its network.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from numpy.typing import NDArray
from torch import nn

from memnet.models.arcnn import Arcnn
from memnet.models.config import ArcnnConfig, DncnnConfig, LapsrnConfig, VdsrConfig
from memnet.models.dncnn import Dncnn
from memnet.models.lapsrn import Lapsrn
from memnet.models.network import Network
from memnet.models.vdsr import Vdsr
from memnet.pretrained.matlab import bias, kernel, must_hold, read_simple_network, read_version_5
from memnet.schema import TaskName

State = dict[str, torch.Tensor]


def vdsr_file(path: Path) -> Vdsr:
    """VDSR from `VDSR_Official.mat` of huangzehao/caffe-vdsr: 20 MatConvNet layers."""
    network = Vdsr(VdsrConfig())
    with must_hold(path, "the 20 layers of VDSR"):
        model = read_version_5(path)["model"][0, 0]
        _load_convs(network, zip(model["weight"].ravel(), model["bias"].ravel(), strict=True))
    return network


def dncnn_file(path: Path) -> Dncnn:
    """DnCNN-3 from `DnCNN3.mat` of cszn/DnCNN: 20 MatConvNet layers with ReLU between them."""
    network = Dncnn(DncnnConfig())
    with must_hold(path, "the 20 layers of DnCNN-3"):
        layers = read_simple_network(path)
        kinds = [kind for kind, _ in layers]
        if kinds != ["conv", "relu"] * 19 + ["conv"]:
            raise ValueError(f"its layers are {', '.join(kinds)}")
        _load_convs(network, (weights for _, weights in layers[::2]))
    return network


def arcnn_files(paths: Mapping[int, Path]) -> Arcnn:
    """ARCNN by quality, from `ARCNN_q10.mat` and the like, as hkchengrex/PyTorch-ARCNN has them."""
    network = Arcnn(ArcnnConfig(qualities=list(paths)))
    sides = {"conv1": 9, "conv2": 7, "conv22": 1, "conv3": 5}
    for quality, path in paths.items():
        with must_hold(path, "the 4 layers of ARCNN"):
            values = read_version_5(path)
            layers = [
                (_unfold(values[f"weights_{name}"], side), values[f"biases_{name}"])
                for name, side in sides.items()
            ]
            _load_convs(network.at_level(quality), layers)
    return network


def _unfold(weight: NDArray[Any], side: int) -> NDArray[Any]:
    """Kernel (rows, columns, in, out) of one (in, rows and columns as MATLAB lists them, out)."""
    return weight.reshape(len(weight), side, side, -1).transpose(2, 1, 0, 3)


def lapsrn_files(paths: Mapping[Literal[2, 4, 8], Path]) -> Lapsrn:
    """LapSRN by scale, from `LapSRN_x2.mat` and the like of phoenix104104/LapSRN (DagNNs)."""
    network = Lapsrn(LapsrnConfig(scales=list(paths)))
    for scale, path in paths.items():
        with must_hold(path, f"the layers of LapSRN for scale {scale}"):
            params = read_version_5(path)["net"][0, 0]["params"].ravel()
            values = {str(param["name"][0]): param["value"] for param in params}
            state = _pyramid(values, scale.bit_length() - 1)
            if len(values) != len(state):  # a larger pyramid has all the names of a smaller one
                raise ValueError(f"it has {len(values)} arrays instead of {len(state)}")
            network.at_level(scale).load_state_dict(state)
    return network


def _pyramid(values: Mapping[str, NDArray[Any]], num_doublings: int) -> State:
    """Weights of `LapsrnOfScale`; the authors number the pyramid's levels down to 1, the last."""

    def layer(name: str, source: str) -> State:
        return _conv(name, values[f"{source}_f"], values[f"{source}_b"])

    state = layer("embed", "input_conv")
    for index in range(num_doublings):
        ours, theirs = f"pyramid.{index}", f"level{num_doublings - index}"
        for conv in range(10):
            state |= layer(f"{ours}.convs.{conv}", f"{theirs}_conv{conv + 1}")
        state |= layer(f"{ours}.enlarge_features", f"{theirs}_upconv")
        state |= layer(f"{ours}.residual", f"{theirs}_residual_conv")
        state[f"{ours}.enlarge_image.weight"] = kernel(values[f"{theirs}_img_up_f"])
    return state


def _load_convs(network: nn.Module, layers: Iterable[Sequence[NDArray[Any]]]) -> None:
    """Fill `convs` with the kernel and bias of each layer."""
    state: State = {}
    for index, (weight, offset) in enumerate(layers):
        state |= _conv(f"convs.{index}", weight, offset)
    network.load_state_dict(state)


def _conv(name: str, weight: NDArray[Any], offset: NDArray[Any]) -> State:
    return {f"{name}.weight": kernel(weight), f"{name}.bias": bias(offset)}


class Converter(NamedTuple):
    """How the raw files of a dataset become a network, and what it was trained for."""

    convert: Callable[[Path], Network]
    tasks: Mapping[TaskName, list[int] | None]  # levels with their own weights; None: all share
    trained: Mapping[TaskName, Sequence[int]]  # levels that its paper says it was trained for


OF_VDSR: Mapping[TaskName, Sequence[int]] = {"super_resolution": [2, 3, 4]}
"""Kim et al., CVPR 2016, section 3.3: one network for the three scales."""

OF_DNCNN3: Mapping[TaskName, Sequence[int]] = {
    "super_resolution": [2, 3, 4], "denoising": range(1, 56), "jpeg_deblocking": range(5, 100),
}  # fmt: skip
"""Zhang et al., TIP 2017, section IV-B: one network for the three tasks."""

OF_ARCNN: Mapping[TaskName, list[int]] = {"jpeg_deblocking": [10, 20]}
OF_LAPSRN: Mapping[TaskName, list[int]] = {"super_resolution": [2, 4]}

CONVERTERS: dict[str, Converter] = {  # by the id of the dataset that holds the weights
    "vdsr-official": Converter(
        lambda folder: vdsr_file(folder / "VDSR_Official.mat"), {"super_resolution": None}, OF_VDSR
    ),
    "dncnn3": Converter(
        lambda folder: dncnn_file(folder / "DnCNN3.mat"), dict.fromkeys(OF_DNCNN3), OF_DNCNN3
    ),
    "arcnn": Converter(
        lambda folder: arcnn_files({q: folder / f"ARCNN_q{q}.mat" for q in (10, 20)}),
        OF_ARCNN,
        OF_ARCNN,
    ),
    "lapsrn": Converter(
        lambda folder: lapsrn_files({2: folder / "LapSRN_x2.mat", 4: folder / "LapSRN_x4.mat"}),
        OF_LAPSRN,
        OF_LAPSRN,
    ),
}
