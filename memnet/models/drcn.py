"""DRCN: Kim, Lee, Lee, Deeply-Recursive Convolutional Network, CVPR 2016."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from memnet.models.config import DrcnConfig
from memnet.models.memnet import conv3x3, init_msra, init_zero
from memnet.models.saved import SavedNetwork


class Drcn(SavedNetwork[DrcnConfig]):
    """Embedding, D recursions of one convolution, and a reconstruction shared by all of them.

    Every recursion predicts (recursive supervision, skip connection from the input); the result
    is a learned weighting of the predictions. Maps a degraded luminance plane (N, 1, H, W) in
    [0, 1] to the restored one of the same shape.
    """

    config_type = DrcnConfig

    def __init__(self, config: DrcnConfig) -> None:
        super().__init__(config)
        width, recursions = config.num_features, config.num_recursions
        self.embed = nn.ModuleList([conv3x3(1, width), conv3x3(width, width)])
        self.recur = conv3x3(width, width)
        self.reconstruct = nn.ModuleList([conv3x3(width, width), conv3x3(width, 1)])
        self.output_weights = nn.Parameter(torch.full((recursions,), 1.0 / recursions))
        self.apply(init_msra)
        # Section 4 of the paper: the recursive layer starts as the identity.
        nn.init.dirac_(self.recur.weight)
        if config.initialization == "zero_residual":
            self.reconstruct[1].apply(init_zero)

    def forward(self, degraded: Tensor) -> Tensor:
        """Restored plane (N, 1, H, W); not clipped."""
        return self.predictions(degraded)[0]

    def predictions(self, degraded: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Final prediction and that of each recursion."""
        hidden = degraded
        for conv in self.embed:
            hidden = F.relu(conv(hidden), inplace=True)
        intermediate = []
        for _ in range(self.config.num_recursions):
            hidden = F.relu(self.recur(hidden))
            features = F.relu(self.reconstruct[0](hidden), inplace=True)
            intermediate.append(degraded + self.reconstruct[1](features))
        weighted = [w * y for w, y in zip(self.output_weights.unbind(), intermediate, strict=True)]
        return torch.stack(weighted).sum(dim=0), intermediate

    def loss_weights(self, progress: float) -> tuple[float, float]:
        """Weight of the final loss, and of each intermediate one.

        The paper's alpha weighs the mean of the intermediate losses against the final one and
        falls from 1 to 0 as training proceeds; here it falls with `progress` in [0, 1].
        """
        alpha = 1.0 - progress
        return 1.0 - alpha, alpha / self.config.num_recursions
