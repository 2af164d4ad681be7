"""A network as a method."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from memnet.inference.engine import Engine, fastest_engine
from memnet.inference.restore import restore
from memnet.models.lapsrn import Lapsrn
from memnet.models.network import Network, at_level
from memnet.tasks.task import DegradedImage


@dataclass(frozen=True)
class NetworkRestorer:
    """A network in evaluation mode.

    One that enlarges by itself always gets the whole low-resolution image, as from its authors.
    """

    network: Network
    tile_core: int | None  # threshold of the official tiling; None to restore images whole
    device: torch.device

    def __post_init__(self) -> None:
        # Half as fast again on a CPU as PyTorch's own layout.
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @cached_property
    def engine(self) -> Engine:
        """What computes."""
        return fastest_engine(self.network, self.device)

    def __call__(self, seen: DegradedImage) -> NDArray[np.float32]:
        """Restored plane (H, W) in units of 255 = 1.

        InputError if there are no weights for the level, or if the output is not finite.
        """
        network = at_level(self.network, seen.level)
        plane, tile_core = seen.plane, self.tile_core
        if isinstance(self.network, Lapsrn):
            assert seen.low_resolution is not None
            plane, tile_core = seen.low_resolution, None
        module = network if self.engine.name == "plain" else self.engine.module
        return restore(module, plane, tile_core=tile_core, device=self.device)
