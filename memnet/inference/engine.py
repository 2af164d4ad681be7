"""What computes a network's forward when images are restored."""

from importlib.util import find_spec
from typing import NamedTuple

import torch
from torch import nn

from memnet.inference.folded import FoldedMemNet
from memnet.models.memnet import MemNet

ENGINES = ("plain", "folded", "openvino")
"""The network itself; a MemNet with its normalisations folded; or compiled by OpenVINO.

The same up to rounding.
"""


class Engine(NamedTuple):
    """What computes: its name, one of `ENGINES`, and the module whose forward restores."""

    name: str
    module: nn.Module


def fastest_engine(network: nn.Module, device: torch.device) -> Engine:
    """The fastest engine that is to be had here: for a MemNet on a CPU not the network itself.

    Parameters
    ----------
    network : in evaluation mode, on `device`
    """
    if not isinstance(network, MemNet) or device.type != "cpu":
        return Engine("plain", network)
    if find_spec("openvino"):
        from memnet.inference.openvino import OpenVinoMemNet

        return Engine("openvino", OpenVinoMemNet(network))
    return Engine("folded", FoldedMemNet(network))
