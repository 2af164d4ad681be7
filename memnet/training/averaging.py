"""The running mean of a network's weights, which a training scores and keeps in their place."""

import copy

import torch
from torch import nn

from memnet.models.network import TrainableNetwork
from memnet.training.schedule import running_momentum


class WeightAverage:
    """Exponential mean of weights and running statistics over the steps of a training.

    Attributes
    ----------
    network : what is scored and kept: the mean, or without one the trained network itself

    Parameters
    ----------
    trained : the network that the optimiser changes
    decay : share of the past in the mean, unbiased from the first step on; None for no mean
    """

    def __init__(self, trained: TrainableNetwork, decay: float | None) -> None:
        self.trained = trained
        self.decay = decay
        self.network = trained if decay is None else copy.deepcopy(trained)

    @property
    def networks(self) -> dict[str, nn.Module]:
        """What a resumed training must find again, by name."""
        trained: dict[str, nn.Module] = {"network": self.trained}
        return trained if self.decay is None else {**trained, "average": self.network}

    def update(self, step: int) -> None:
        """Take in the weights after a step (from 0)."""
        if self.decay is None:
            return
        weight = running_momentum(step, self.decay)
        states = (network.state_dict().values() for network in (self.network, self.trained))
        for mean, now in zip(*states, strict=True):
            if mean.is_floating_point():
                mean.lerp_(now, weight)
            else:
                mean.copy_(now)

    def settle(self) -> None:
        """Put the mean into the trained network."""
        with torch.no_grad():
            self.trained.load_state_dict(self.network.state_dict())
