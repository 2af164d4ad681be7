"""What computes a network's forward when images are restored."""

import torch

from memnet.inference.folded import FoldedMemNet
from memnet.models.memnet import MemNet
from memnet.models.network import Network

ENGINES = ("plain", "folded")
"""The network itself, or a MemNet with its normalisations folded; the same up to rounding."""


def folded(network: Network, device: torch.device) -> FoldedMemNet | None:
    """The folded form of a MemNet on a CPU; None where the network itself restores.

    Parameters
    ----------
    network : in evaluation mode, on `device`
    """
    if isinstance(network, MemNet) and device.type == "cpu":
        return FoldedMemNet(network)
    return None
