"""Caffe models as the authors' training leaves them, of any MemNet.

Names, types and order of the layers are those of `MemNet_M6R6_80C64_deploy.prototxt` of
tyshiwo/MemNet; the tensors come by `state_dict_names`, which knows nothing of the importer.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from memnet.models.memnet import MemNet
from memnet.pretrained.caffe import NetParameter
from tests.models.memnet_twin import state_dict_names

STATISTICS_SCALE = 999.98  # near what a moving average of fraction 0.999 sums up to


def write_caffemodel(
    path: Path,
    network: MemNet,
    *,
    statistics_scale: float = STATISTICS_SCALE,
    legacy_shapes: bool = False,
) -> None:
    """Write what `caffemodel` makes."""
    net = caffemodel(network, statistics_scale=statistics_scale, legacy_shapes=legacy_shapes)
    path.write_bytes(net.SerializeToString())


def caffemodel(
    network: MemNet, *, statistics_scale: float = STATISTICS_SCALE, legacy_shapes: bool = False
) -> Any:
    """Message of a multi-supervised network.

    Parameters
    ----------
    statistics_scale : what Caffe divides a mean and a variance by
    legacy_shapes : give shapes as num, channels, height and width
    """
    blocks, recursions = network.config.num_memory_blocks, network.config.num_recursions
    state = network.state_dict()
    names = state_dict_names(blocks, recursions, multi_supervised=True)
    tensors = {caffe: state[ours] for caffe, ours in names.items()}
    net = NetParameter(name=f"MemNet_M{blocks}R{recursions}")

    def layer(name: str, kind: str, *blobs: Tensor) -> None:
        entry = net.layer.add(name=name, type=kind)
        for blob in blobs:
            add_blob(entry, blob, legacy_shapes=legacy_shapes)

    def pre_activated(name: str, relu: str, weight: str, bias: str) -> None:
        mean, variance = tensors[f"bn_{name}.mean"], tensors[f"bn_{name}.variance"]
        factor = torch.tensor([statistics_scale]).double()
        layer(f"bn_{name}", "BatchNorm", mean * factor, variance * factor, factor)
        layer(
            f"scale_{name}", "Scale", tensors[f"scale_{name}.gamma"], tensors[f"scale_{name}.beta"]
        )
        layer(relu, "ReLU")
        layer(name, "Convolution", tensors[weight], tensors[bias])

    layer("data", "Input")
    pre_activated("conv1", "relu1", "conv1.weight", "conv1.bias")
    for m in (f"{index:02d}" for index in range(1, blocks + 1)):
        for r in (f"{index:02d}" for index in range(1, recursions + 1)):
            for which in "ab":
                weight, bias = f"conv{m}_w{which}", f"conv{m}_b{which}"
                pre_activated(f"conv{m}_{r}_{which}", f"relu{m}_{r}_{which}", weight, bias)
            layer(f"eltwise{m}_{r}", "Eltwise")
        layer(f"concat{m}", "Concat")
        gate = f"conv_transition_{m}"
        pre_activated(gate, f"relu_transition_{m}", f"{gate}.weight", f"{gate}.bias")
    for index in range(blocks):
        m = f"{index + 1:02d}"
        pre_activated(f"conv_end_{m}", f"relu_end_{m}", "Recon_w", "Recon_b")
        layer(f"HR_recovery_{m}", "Eltwise")
        layer(f"weight_output_end_{m}", "Scale", state["output_weights"][index : index + 1])
    layer("HR_recovery", "Eltwise")
    return net


def add_blob(layer: Any, values: Tensor, *, legacy_shapes: bool = False) -> None:
    blob = layer.blobs.add()
    blob.data.extend(values.flatten().tolist())
    if legacy_shapes:
        sides = (1,) * (4 - values.ndim) + tuple(values.shape)
        blob.num, blob.channels, blob.height, blob.width = sides
    else:
        blob.shape.dim.extend(values.shape)
