"""What defines each network; free of torch, so that reading params.yaml is quick."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from memnet.schema import Section

LARGEST = 1000
"""Layers in a row, or features, beyond which a number is a slip and not a network."""

Count = Annotated[int, Field(ge=1, le=LARGEST)]
Depth = Annotated[int, Field(ge=3, le=LARGEST)]

Initialization = Literal["official", "identity"]
"""How weights start: as published, or with the last convolution zero (and MemNet's output weights
1/M instead of 1), so that the untrained network returns its input, which a short training needs."""


class MemNetConfig(Section):
    """MemNet and its ablations; M6R6 with 64 features is the paper's 80-layer network.

    `long_term=False` is MemNet_NL, `short_term=False` is MemNet_NS (Table 1), and
    `multi_supervised=False` the basic network with one prediction (section 3.1).
    """

    kind: Literal["memnet"] = "memnet"
    num_memory_blocks: Count
    num_recursions: Count
    num_features: Count
    multi_supervised: bool
    long_term: bool
    short_term: bool
    initialization: Initialization

    @model_validator(mode="after")
    def _depth_is_sane(self) -> "MemNetConfig":
        if self.depth > LARGEST:
            raise ValueError(
                f"num_memory_blocks and num_recursions must make at most {LARGEST} layers, got "
                f"{self.depth}"
            )
        return self

    @model_validator(mode="after")
    def _gate_has_an_input(self) -> "MemNetConfig":
        if not (self.long_term or self.short_term):
            raise ValueError(
                "one of long_term and short_term must be true: each ablation drops one"
            )
        return self

    @property
    def depth(self) -> int:
        """Convolutions in a row, each recursion counted: 80 for M6R6."""
        return 1 + self.num_memory_blocks * (2 * self.num_recursions + 1) + 1

    @property
    def receptive_field(self) -> int:
        """Side of the square of input pixels that one output pixel sees: 149 for M6R6."""
        num_3x3 = 1 + self.num_memory_blocks * 2 * self.num_recursions + 1
        return 1 + 2 * num_3x3


class VdsrConfig(Section):
    """VDSR (Kim et al., CVPR 2016): 20 layers of 64 features as published."""

    kind: Literal["vdsr"] = "vdsr"
    depth: Depth
    num_features: Count
    initialization: Initialization


class DrcnConfig(Section):
    """DRCN (Kim et al., CVPR 2016): 16 recursions of 256 features as published."""

    kind: Literal["drcn"] = "drcn"
    num_recursions: Count
    num_features: Count
    initialization: Initialization


class DncnnConfig(Section):
    """DnCNN (Zhang et al., TIP 2017) without batch normalisation: DnCNN-3 has 20 layers of 64."""

    kind: Literal["dncnn"] = "dncnn"
    depth: Depth
    num_features: Count


class ArcnnConfig(Section):
    """ARCNN (Dong et al., ICCV 2015), one set of weights for each JPEG quality."""

    kind: Literal["arcnn"] = "arcnn"
    qualities: Annotated[list[Annotated[int, Field(ge=1, le=100)]], Field(min_length=1)]


class LapsrnConfig(Section):
    """LapSRN (Lai et al., CVPR 2017), one set of weights for each scale.

    As published, `depth` 10 convolutions a pyramid level and 64 features.
    """

    kind: Literal["lapsrn"] = "lapsrn"
    scales: Annotated[list[Literal[2, 4, 8]], Field(min_length=1)]
    depth: Count
    num_features: Count


TrainableConfig = Annotated[MemNetConfig | VdsrConfig | DrcnConfig, Field(discriminator="kind")]
"""The networks that params.yaml can ask to be trained."""

NetworkConfig = Annotated[
    MemNetConfig | VdsrConfig | DrcnConfig | DncnnConfig | ArcnnConfig | LapsrnConfig,
    Field(discriminator="kind"),
]
"""These, and those that come only with their authors' weights."""
