"""A network by its configuration, and what can be counted on it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, overload

import torch
from safetensors.torch import load_file
from torch import nn

from memnet.errors import InputError
from memnet.models.arcnn import Arcnn
from memnet.models.config import NetworkConfig, TrainableConfig
from memnet.models.dncnn import Dncnn
from memnet.models.drcn import Drcn
from memnet.models.lapsrn import Lapsrn
from memnet.models.memnet import MemNet
from memnet.models.per_level import PerLevel
from memnet.models.vdsr import Vdsr

TrainableNetwork = MemNet | Vdsr | Drcn
Network = TrainableNetwork | Dncnn | Arcnn | Lapsrn
_OF_KIND: dict[str, Callable[[Any], Network]] = {
    "memnet": MemNet, "vdsr": Vdsr, "drcn": Drcn, "dncnn": Dncnn, "arcnn": Arcnn, "lapsrn": Lapsrn,
}  # fmt: skip


@overload
def build_network(config: TrainableConfig) -> TrainableNetwork: ...
@overload
def build_network(config: NetworkConfig) -> Network: ...
def build_network(config: NetworkConfig) -> Network:
    """Network with freshly drawn weights (from torch's global generator)."""
    return _OF_KIND[config.kind](config)


def at_level(network: Network, level: int) -> nn.Module:
    """The module for one scale, sigma or quality; InputError if there are no weights for it."""
    return network.at_level(level) if isinstance(network, PerLevel) else network


def load_network(config: NetworkConfig, weights: str | Path) -> Network:
    """Network in evaluation mode with the weights of a safetensors file.

    InputError if it is not such a file, or if its tensors are not those of `config`.
    """
    with torch.device("meta"):  # a wrong size takes no memory before the file contradicts it
        network = build_network(config)
    try:
        mapped = load_file(weights)  # cloned, as what is mapped changes with the file
        tensors = {name: tensor.clone() for name, tensor in mapped.items()}
        network.load_state_dict(tensors, assign=True)
    except FileNotFoundError:
        raise InputError(f"{weights} is missing: run the stage that makes it") from None
    except Exception as error:  # safetensors and torch raise several plain types here
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{weights} must hold the weights of a {config.kind} network {config.model_dump()}, "
            f"but: {reason}"
        ) from error
    return network.float().eval()


def num_conv_weights(network: nn.Module) -> int:
    """Number of convolution kernel weights, each shared kernel once, biases not counted.

    This is how the paper counts its "677K" parameters.
    """
    return sum(p.numel() for p in network.parameters() if p.ndim == 4)
