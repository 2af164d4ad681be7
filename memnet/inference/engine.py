"""What computes a network's forward when images are restored."""

from importlib.util import find_spec
from typing import NamedTuple

import torch
from torch import nn

from memnet.inference.folded import FoldedMemNet
from memnet.models.memnet import MemNet


class Engine(NamedTuple):
    """A way to compute the output of a network, the same up to rounding: call `module`."""

    name: str  # "plain" for the network itself; for a MemNet also "folded" or "openvino"
    module: nn.Module


def fastest_engine(network: nn.Module, device: torch.device) -> Engine:
    """The fastest engine that is available here for a network in evaluation mode on `device`."""
    if not isinstance(network, MemNet) or device.type != "cpu":
        return Engine("plain", network)
    if find_spec("openvino"):
        from memnet.inference.openvino import OpenVinoMemNet

        return Engine("openvino", OpenVinoMemNet(network))
    return Engine("folded", FoldedMemNet(network))
