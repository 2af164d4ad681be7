"""Sizes of networks: as published by default, and counted as the papers count."""

import pytest

from memnet.models.config import (
    DncnnConfig,
    DrcnConfig,
    LapsrnConfig,
    MemNetConfig,
    NetworkConfig,
    VdsrConfig,
)


@pytest.mark.parametrize(
    ("config", "depth"),
    [
        (MemNetConfig(), 80),  # Tai et al., section 5
        (MemNetConfig(num_memory_blocks=10, num_recursions=10), 212),  # Table 6
        (VdsrConfig(), 20),
        (DrcnConfig(), 20),
        (DncnnConfig(), 20),
        (LapsrnConfig(scales=[2]), 13),
        (LapsrnConfig(scales=[2, 4]), 24),  # Lai et al., section 3.1
    ],
    ids=lambda value: str(value)[:30],
)
def test_depth_as_the_papers_count_it(config: NetworkConfig, depth: int) -> None:
    assert config.depth == depth


def test_the_papers_network_is_the_default() -> None:
    config = MemNetConfig()
    assert (config.name, config.num_features, config.receptive_field) == ("M6R6", 64, 149)
    assert config.multi_supervised and config.long_term and config.short_term
    assert config.initialization == "official"
