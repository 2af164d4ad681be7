"""LapSRN: Lai, Huang, Ahuja, Yang, Deep Laplacian Pyramid Networks, CVPR 2017."""

from torch import Tensor, nn
from torch.nn import functional as F

from memnet.models.config import LapsrnConfig
from memnet.models.memnet import conv3x3
from memnet.models.per_level import PerLevel

_LEAK = 0.2


class Doubling(nn.Module):
    """One pyramid level: features and image at twice the size.

    The image is enlarged by a learned 4x4 filter, which began as bilinear interpolation, and the
    residual that the features predict is added.
    """

    def __init__(self, depth: int, width: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(conv3x3(width, width) for _ in range(depth))
        self.enlarge_features = nn.ConvTranspose2d(width, width, 3, stride=2)
        self.residual = conv3x3(width, 1)
        self.enlarge_image = nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)

    def forward(self, features: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
        """Features (N, width, 2H, 2W) and image (N, 1, 2H, 2W)."""
        for conv in self.convs:
            features = F.leaky_relu(conv(features), _LEAK, inplace=True)
        # MatConvNet's crop [0, 1, 0, 1]: the last row and column of the 2H + 1 by 2W + 1.
        features = F.leaky_relu(self.enlarge_features(features)[..., :-1, :-1], _LEAK)
        return features, self.enlarge_image(image) + self.residual(features)


class LapsrnOfScale(nn.Module):
    """A pyramid of `num_doublings` levels.

    Maps a LOW-RESOLUTION luminance plane (N, 1, H, W) in [0, 1] to one 2 ** num_doublings times
    as high and as wide: this network does its own enlarging.
    """

    def __init__(self, num_doublings: int, config: LapsrnConfig) -> None:
        super().__init__()
        depth, width = config.convs_per_level, config.num_features
        self.embed = conv3x3(1, width)
        self.pyramid = nn.ModuleList(Doubling(depth, width) for _ in range(num_doublings))

    def forward(self, low_resolution: Tensor) -> Tensor:
        """Restored plane (N, 1, H * scale, W * scale); not clipped."""
        image = low_resolution
        features = F.leaky_relu(self.embed(image), _LEAK, inplace=True)
        for doubling in self.pyramid:
            features, image = doubling(features, image)
        return image


class Lapsrn(PerLevel[LapsrnConfig]):
    """One LapSRN for each scale."""

    config_type = LapsrnConfig

    def __init__(self, config: LapsrnConfig) -> None:
        super().__init__(
            config,
            {scale: LapsrnOfScale(scale.bit_length() - 1, config) for scale in config.scales},
        )
