"""What defines each network, as published by default; free of torch: reading params.yaml is quick.

`depth` counts convolutions in a row, each recursion once more. `receptive_field` is the side of the
square of input pixels that one output pixel sees, never too small.
"""

from math import ceil
from typing import Annotated, Literal

from pydantic import Field, model_validator

from memnet.schema import Section

LARGEST = 1000
"""Layers in a row, or features, beyond which a number is a slip and not a network."""

Count = Annotated[int, Field(ge=1, le=LARGEST)]
Depth = Annotated[int, Field(ge=3, le=LARGEST)]

Initialization = Literal["official", "zero_residual"]
"""How weights start: as published, or with the last convolution zero (and MemNet's output weights
1/M instead of 1), so that the untrained network returns its input, which a short training needs."""


class MemNetConfig(Section):
    """MemNet and its ablations; by default M6R6 with 64 features, the paper's 80-layer network.

    `long_term=False` is MemNet_NL, `short_term=False` is MemNet_NS (Table 1), and
    `multi_supervised=False` the basic network with one prediction (section 3.1).
    """

    kind: Literal["memnet"] = "memnet"
    num_memory_blocks: Count = 6
    num_recursions: Count = 6
    num_features: Count = 64
    multi_supervised: bool = True
    long_term: bool = True
    short_term: bool = True
    initialization: Initialization = "official"

    @model_validator(mode="after")
    def _depth_is_sane_and_gate_has_an_input(self) -> "MemNetConfig":
        if self.depth > LARGEST:
            raise ValueError(
                f"num_memory_blocks and num_recursions must make at most {LARGEST} layers, got "
                f"{self.depth}"
            )
        if not (self.long_term or self.short_term):
            raise ValueError(
                "one of long_term and short_term must be true: each ablation drops one"
            )
        return self

    @property
    def name(self) -> str:
        """Name of the size as the paper writes it, M6R6."""
        return f"M{self.num_memory_blocks}R{self.num_recursions}"

    @property
    def depth(self) -> int:
        """80 for M6R6."""
        return 1 + self.num_memory_blocks * (2 * self.num_recursions + 1) + 1

    @property
    def receptive_field(self) -> int:
        """149 for M6R6: the convolutions of the gates are 1x1."""
        return 1 + 2 * (self.depth - self.num_memory_blocks)


class _Chain(Section):
    """A network of `depth` 3x3 convolutions in a row."""

    @property
    def receptive_field(self) -> int:
        """41 as published."""
        return 1 + 2 * self.depth  # type: ignore[attr-defined]


class VdsrConfig(_Chain):
    """VDSR (Kim et al., CVPR 2016)."""

    kind: Literal["vdsr"] = "vdsr"
    depth: Depth = 20
    num_features: Count = 64
    initialization: Initialization = "official"


class DrcnConfig(_Chain):
    """DRCN (Kim et al., CVPR 2016)."""

    kind: Literal["drcn"] = "drcn"
    num_recursions: Count = 16
    num_features: Count = 256
    initialization: Initialization = "official"

    @property
    def depth(self) -> int:
        """Two convolutions to embed, the recursions, and two to reconstruct."""
        return 2 + self.num_recursions + 2


class DncnnConfig(_Chain):
    """DnCNN (Zhang et al., TIP 2017) without batch normalisation: by default DnCNN-3."""

    kind: Literal["dncnn"] = "dncnn"
    depth: Depth = 20
    num_features: Count = 64


class ArcnnConfig(Section):
    """ARCNN (Dong et al., ICCV 2015), one set of weights for each JPEG quality."""

    kind: Literal["arcnn"] = "arcnn"
    qualities: Annotated[list[Annotated[int, Field(ge=1, le=100)]], Field(min_length=1)]

    @property
    def depth(self) -> int:
        """Of kernels 9, 7, 1 and 5 pixels wide."""
        return 4

    @property
    def num_features(self) -> int:
        """Of its widest layer."""
        return 64

    @property
    def receptive_field(self) -> int:
        """Of these kernels."""
        return 1 + (9 - 1) + (7 - 1) + (5 - 1)


class LapsrnConfig(Section):
    """LapSRN (Lai et al., CVPR 2017), one set of weights for each scale."""

    kind: Literal["lapsrn"] = "lapsrn"
    scales: Annotated[list[Literal[2, 4, 8]], Field(min_length=1)]
    convs_per_level: Count = 10
    num_features: Count = 64

    @property
    def num_levels(self) -> int:
        """Pyramid levels of the largest scale, each of which doubles the image."""
        return max(self.scales).bit_length() - 1

    @property
    def depth(self) -> int:
        """Of the largest scale, transposed convolutions counted (section 3.1): 24 for x4."""
        return 2 + self.num_levels * (self.convs_per_level + 1)

    @property
    def receptive_field(self) -> int:
        """In low-resolution pixels, of the largest scale.

        A level sees by its convolutions, its enlarging and its residual, one pixel each, of an
        image that has 2 ** index times the size of the first.
        """
        seen = sum((self.convs_per_level + 2) / 2.0**index for index in range(self.num_levels))
        return 1 + 2 * (1 + ceil(seen))


TrainableConfig = Annotated[MemNetConfig | VdsrConfig | DrcnConfig, Field(discriminator="kind")]
"""The networks that params.yaml can ask to be trained."""

NetworkConfig = Annotated[
    MemNetConfig | VdsrConfig | DrcnConfig | DncnnConfig | ArcnnConfig | LapsrnConfig,
    Field(discriminator="kind"),
]
"""These, and those that come only with their authors' weights."""
