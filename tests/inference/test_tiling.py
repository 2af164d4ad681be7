"""The authors' tiles: their sizes by the rule of their scripts, and that they cover an image."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memnet.inference.tiling import CONTEXT, Tile, context_tiles, tiling_sentence

sides = st.integers(1, 700)
thresholds = st.sampled_from([120, 150])


def official_tiles(height: int, width: int, threshold: int) -> list[Tile]:
    return context_tiles(height, width, core=threshold + CONTEXT, context=CONTEXT)


@given(side=sides, threshold=thresholds)
def test_core_sizes_follow_the_official_rule(side: int, threshold: int) -> None:
    stride = ceil(side / ceil(side / (threshold + 16)))
    sizes = [t.core[0].stop - t.core[0].start for t in official_tiles(side, 1, threshold)]
    assert sizes[:-1] == [stride] * (len(sizes) - 1)
    assert 0 < sizes[-1] <= stride <= threshold + 16


@pytest.mark.parametrize(
    ("side", "threshold", "cores"),
    # By hand: n = ceil(side / (threshold + 16)) tiles of ceil(side / n) pixels, the last the rest.
    [
        (166, 150, [166]),
        (167, 150, [84, 83]),
        (256, 120, [128, 128]),
        (512, 150, [128, 128, 128, 128]),
        (321, 120, [107, 107, 107]),
        (481, 150, [161, 161, 159]),
    ],
)
def test_sizes_by_hand(side: int, threshold: int, cores: list[int]) -> None:
    tiles = official_tiles(1, side, threshold)
    assert [t.core[1].stop - t.core[1].start for t in tiles] == cores


def test_tiles_by_hand() -> None:
    tiles = official_tiles(200, 167, 150)
    assert len(tiles) == 4
    assert tiles[0].seen == (slice(0, 116), slice(0, 100))
    assert tiles[3].seen == (slice(84, 200), slice(68, 167))
    assert tiles[3].core == (slice(100, 200), slice(84, 167))
    assert tiles[3].kept == (slice(16, 116), slice(16, 99))


def test_sentence_says_how_images_are_cut() -> None:
    assert tiling_sentence("whole", 150) == "Images are restored whole."
    said = tiling_sentence("official", 120)
    assert "at most 136 pixels" in said
    assert "16 pixels of context" in said
