"""Tiles that see enough: they cover an image, and give what the whole image gives."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from memnet.imaging.resize import imresize
from memnet.inference.folded import FoldedMemNet
from memnet.inference.photo import BICUBIC_CONTEXT
from memnet.inference.restore import restore
from memnet.inference.tiling import context_tiles
from memnet.models.config import (
    ArcnnConfig,
    DncnnConfig,
    DrcnConfig,
    LapsrnConfig,
    MemNetConfig,
    NetworkConfig,
    VdsrConfig,
)
from memnet.models.drcn import Drcn
from memnet.models.memnet import init_msra
from memnet.models.network import at_level, build_network
from tests.models.memnet_twin import VARIANTS, lively

CPU = torch.device("cpu")
MEMNET = MemNetConfig(
    num_memory_blocks=2, num_recursions=2, num_features=4, multi_supervised=True,
    long_term=True, short_term=True, initialization="official",
)  # fmt: skip
CONFIGS: list[tuple[NetworkConfig, int]] = [  # each with a level that it has weights for
    (MEMNET, 2),
    (VdsrConfig(depth=5, num_features=4, initialization="official"), 2),
    (DncnnConfig(depth=4, num_features=4), 2),
    (DrcnConfig(num_recursions=3, num_features=4, initialization="official"), 2),
    (ArcnnConfig(qualities=[10]), 10),
    (LapsrnConfig(scales=[2], convs_per_level=2, num_features=4), 2),
    (LapsrnConfig(scales=[4], convs_per_level=3, num_features=4), 4),
    (LapsrnConfig(scales=[2, 8], convs_per_level=1, num_features=4), 8),
]
each_network = pytest.mark.parametrize(("config", "level"), CONFIGS, ids=lambda c: str(c)[:40])


def network_of(config: NetworkConfig, level: int) -> torch.nn.Module:
    torch.manual_seed(0)
    network = build_network(config).eval()
    if isinstance(network, Drcn):
        network.recur.apply(init_msra)  # it starts as the identity, which sees one pixel
    return at_level(network, level)


@given(
    height=st.integers(1, 90), width=st.integers(1, 90),
    core=st.integers(1, 100), context=st.integers(0, 30),
)  # fmt: skip
def test_cores_cover_each_pixel_once_and_see_their_context(
    height: int, width: int, core: int, context: int
) -> None:
    count = np.zeros((height, width), np.uint8)
    for tile in context_tiles(height, width, core=core, context=context):
        count[tile.core] += 1
        for seen, part, kept, side in zip(*tile, (height, width), strict=True):
            assert part.stop - part.start <= core
            assert part.start - seen.start == min(context, part.start)
            assert seen.stop - part.stop == min(context, side - part.stop)
            assert range(side)[seen][kept] == range(side)[part]
    assert (count == 1).all()


@each_network
def test_no_pixel_beyond_the_receptive_field_is_seen(config: NetworkConfig, level: int) -> None:
    side, centre = 61, 30
    radius = config.receptive_field // 2
    assert radius < centre
    network = network_of(config, level)
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.weight.data.abs_()  # ReLU then lets every path through
    plane = torch.rand(1, 1, side, side, requires_grad=True)
    out = network(plane)[0, 0]
    scale = len(out) // side
    of_centre = slice(centre * scale, (centre + 1) * scale)
    out[of_centre, of_centre].sum().backward()
    rows, columns = np.nonzero(plane.grad[0, 0].numpy())
    reach = max(np.abs(rows - centre).max(), np.abs(columns - centre).max())
    if isinstance(config, LapsrnConfig):
        assert radius - 3 <= reach <= radius  # a bound, but no lavish one
    else:
        assert reach == radius


def require_tiles_equal_the_whole(
    network: torch.nn.Module, config: NetworkConfig, core: int
) -> None:
    plane = np.random.default_rng(0).random((45, 38), dtype=np.float32)
    whole = restore(network, plane, tile_core=None, device=CPU)
    scale = len(whole) // len(plane)
    tiled = np.full_like(whole, np.nan)
    for tile in context_tiles(*plane.shape, core=core, context=config.receptive_field // 2):
        (rows, columns), (kept_rows, kept_columns) = (
            [slice(s.start * scale, s.stop * scale) for s in area] for area in tile[1:]
        )
        part = restore(network, plane[tile.seen], tile_core=None, device=CPU)
        tiled[rows, columns] = part[kept_rows, kept_columns]
    np.testing.assert_allclose(tiled, whole, rtol=0, atol=1e-5 * max(1, np.abs(whole).max()))


@each_network
@pytest.mark.parametrize("core", [13, 200])
def test_tiles_equal_the_whole(config: NetworkConfig, level: int, core: int) -> None:
    require_tiles_equal_the_whole(network_of(config, level), config, core)


@pytest.mark.parametrize("variant", VARIANTS)
def test_tiles_of_the_folded_memnet_equal_the_whole(variant: str) -> None:
    config = MEMNET.model_copy(update=VARIANTS[variant])
    require_tiles_equal_the_whole(FoldedMemNet(lively(config)), config, 13)


@settings(deadline=None, max_examples=50)
@given(
    height=st.integers(1, 24), width=st.integers(1, 24), core=st.integers(1, 30),
    scale=st.sampled_from([2, 3, 4, 8]), seed=st.integers(0, 9),
)  # fmt: skip
def test_bicubic_enlarging_by_tiles_equals_that_of_the_whole(
    height: int, width: int, core: int, scale: int, seed: int
) -> None:
    plane = np.random.default_rng(seed).random((height, width))
    whole = imresize(plane, scale, border="symmetric")
    for tile in context_tiles(height, width, core=core, context=BICUBIC_CONTEXT):
        goal, kept = (
            tuple(slice(s.start * scale, s.stop * scale) for s in area) for area in tile[1:]
        )
        part = imresize(plane[tile.seen], scale, border="symmetric")
        np.testing.assert_allclose(part[kept], whole[goal], rtol=0, atol=1e-12)
