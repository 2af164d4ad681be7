"""A network by its configuration, and what can be counted on it."""

from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from memnet.errors import InputError
from memnet.models.config import DrcnConfig, MemNetConfig, NetworkConfig
from memnet.models.drcn import Drcn
from memnet.models.memnet import MemNet
from memnet.models.vdsr import Vdsr

Network = MemNet | Vdsr | Drcn


def build_network(config: NetworkConfig) -> Network:
    """Network with freshly drawn weights (from torch's global generator)."""
    if isinstance(config, MemNetConfig):
        return MemNet(config)
    if isinstance(config, DrcnConfig):
        return Drcn(config)
    return Vdsr(config)


def load_network(config: NetworkConfig, weights: str | Path) -> Network:
    """Network in evaluation mode with the weights of a safetensors file.

    Raises
    ------
    InputError : the file is no safetensors file, or its tensors are not those of `config`
    """
    network = build_network(config)
    try:
        network.load_state_dict(load_file(weights))
    except FileNotFoundError:
        raise InputError(f"{weights} is missing: run the stage that makes it") from None
    except Exception as error:  # safetensors and torch raise several plain types here
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{weights} must hold the weights of a {config.kind} network {config.model_dump()}, "
            f"but: {reason}"
        ) from error
    return network.eval()


def num_conv_weights(network: nn.Module) -> int:
    """Number of convolution kernel weights, each shared kernel once, biases not counted.

    This is how the paper counts its "677K" parameters.
    """
    return sum(p.numel() for p in network.parameters() if p.ndim == 4)
