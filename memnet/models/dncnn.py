"""DnCNN: Zhang et al., Beyond a Gaussian Denoiser: Residual Learning of Deep CNN, TIP 2017."""

from itertools import pairwise

from torch import Tensor, nn

from memnet.models.config import DncnnConfig
from memnet.models.memnet import conv3x3
from memnet.models.saved import SavedNetwork
from memnet.models.vdsr import relu_chain


class Dncnn(SavedNetwork[DncnnConfig]):
    """A chain of 3x3 convolutions with ReLU between them, which predicts what is to be subtracted.

    As released, with each batch normalisation merged into its convolution. Maps a degraded
    luminance plane (N, 1, H, W) in [0, 1] to the restored one of the same shape.
    """

    config_type = DncnnConfig

    def __init__(self, config: DncnnConfig) -> None:
        super().__init__(config)
        features = [1] + [config.num_features] * (config.depth - 1) + [1]
        self.convs = nn.ModuleList(conv3x3(*pair) for pair in pairwise(features))

    def forward(self, degraded: Tensor) -> Tensor:
        """Restored plane (N, 1, H, W); not clipped."""
        return degraded - relu_chain(self.convs, degraded)
