"""ARCNN: Dong, Deng, Loy, Tang, Compression Artifacts Reduction by a Deep Network, ICCV 2015."""

from torch import Tensor, nn

from memnet.models.config import ArcnnConfig
from memnet.models.per_level import PerLevel
from memnet.models.vdsr import relu_chain


class ArcnnOfQuality(nn.Module):
    """Feature extraction (9x9), enhancement (7x7), mapping (1x1), reconstruction (5x5).

    The authors' MATLAB code repeats the border (`imfilter(..., 'replicate')`) before each
    convolution, and has ReLU between them (the paper's text has PReLU; the released weights have
    no slopes). Maps a compressed luminance plane (N, 1, H, W) in [0, 1] to the restored one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(before, after, side, padding=side // 2, padding_mode="replicate")
            for before, after, side in ((1, 64, 9), (64, 32, 7), (32, 16, 1), (16, 1, 5))
        )

    def forward(self, degraded: Tensor) -> Tensor:
        """Restored plane (N, 1, H, W); not clipped."""
        return relu_chain(self.convs, degraded)


class Arcnn(PerLevel[ArcnnConfig]):
    """One ARCNN for each JPEG quality."""

    config_type = ArcnnConfig

    def __init__(self, config: ArcnnConfig) -> None:
        super().__init__(config, {quality: ArcnnOfQuality() for quality in config.qualities})
