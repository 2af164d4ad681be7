"""A network by its configuration, and what can be counted on it."""

from pathlib import Path
from typing import Any, overload

from torch import nn

from memnet.errors import InputError
from memnet.models.arcnn import Arcnn
from memnet.models.config import NetworkConfig, TrainableConfig
from memnet.models.dncnn import Dncnn
from memnet.models.drcn import Drcn
from memnet.models.lapsrn import Lapsrn
from memnet.models.memnet import MemNet
from memnet.models.per_level import PerLevel
from memnet.models.saved import CONFIG, read_config
from memnet.models.vdsr import Vdsr

TrainableNetwork = MemNet | Vdsr | Drcn
Network = TrainableNetwork | Dncnn | Arcnn | Lapsrn
_OF_KIND: dict[str, type[Any]] = {
    "memnet": MemNet, "vdsr": Vdsr, "drcn": Drcn, "dncnn": Dncnn, "arcnn": Arcnn, "lapsrn": Lapsrn,
}  # fmt: skip


@overload
def build_network(config: TrainableConfig) -> TrainableNetwork: ...
@overload
def build_network(config: NetworkConfig) -> Network: ...
def build_network(config: NetworkConfig) -> Network:
    """Network with freshly drawn weights (from torch's global generator)."""
    return _OF_KIND[config.kind](config)


def read_pretrained(folder: Path) -> Network:
    """Network of any kind from its config.json and model.safetensors.

    Errors are those of `SavedNetwork.from_pretrained`.
    """
    kind = read_config(folder).get("kind")
    if kind not in _OF_KIND:
        raise InputError(
            f"{folder / CONFIG}: kind must be one of {', '.join(_OF_KIND)}, got {kind!r}"
        )
    return _OF_KIND[kind].from_pretrained(folder)


def at_level(network: Network, level: int) -> nn.Module:
    """The module for one scale, sigma or quality; InputError if there are no weights for it."""
    return network.at_level(level) if isinstance(network, PerLevel) else network


def num_conv_weights(network: nn.Module) -> int:
    """Number of convolution kernel weights, each shared kernel once, biases not counted.

    This is how the paper counts its "677K" parameters.
    """
    return sum(p.numel() for p in network.parameters() if p.ndim == 4)
