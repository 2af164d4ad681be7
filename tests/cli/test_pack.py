"""`memnet pack`: what it writes, and what it refuses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from memnet.data.pack import PackedPairs
from memnet.data.pairs import PairFolder, write_pairs
from memnet.tasks import TASKS
from tests.data.test_pairs import PLANES
from tests.pipelines.test_stages import PARAMS

SET = "denoise-tiny-train"


@pytest.fixture
def pairs(project: Path) -> Path:
    """The pairs folder of the set, where it is looked for."""
    (project / "params.yaml").write_text(PARAMS)
    folder = project / "datasets/pairs" / SET
    folder.mkdir(parents=True)
    write(folder, [50])
    return folder


def write(folder: Path, levels: list[int]) -> None:
    write_pairs(
        folder, TASKS["denoising"], PLANES.items(),
        dataset="tiny-train", levels=levels, seeds=[], codec=None,
    )  # fmt: skip


def test_one_line_of_what_was_packed(pairs: Path, said: Callable[..., str]) -> None:
    expected = "set.pack: 2 images of tiny-train for denoising at 50, 0.0 MB\n"
    assert said("pack", "--set", SET, "-o", "set.pack") == expected
    assert PackedPairs("set.pack").sha256() == PairFolder(pairs).sha256()


def test_a_folder_elsewhere(pairs: Path, said: Callable[..., str]) -> None:
    pairs.rename("elsewhere")
    said("pack", "--set", SET, "--pairs", "elsewhere", "-o", "new/set.pack")
    assert PackedPairs("new/set.pack").images == list(PLANES)


def test_an_unknown_set(pairs: Path, told: Callable[..., str]) -> None:
    sentence = told("pack", "--set", "sr", "-o", "set.pack")
    assert sentence == f"--set must be one of {SET}, got 'sr'"


def test_a_set_that_was_not_degraded(pairs: Path, told: Callable[..., str]) -> None:
    sentence = told("pack", "--set", SET, "--pairs", "none", "-o", "set.pack")
    assert sentence == "none holds no degraded pairs: run its degrade stage"
    assert not Path("set.pack").exists()


def test_pairs_of_other_levels(pairs: Path, told: Callable[..., str]) -> None:
    write(pairs, [30])
    assert told("pack", "--set", SET, "-o", "set.pack") == (
        f"datasets/pairs/{SET} must hold tiny-train for denoising at 50 for {SET}, got tiny-train "
        "for denoising at 30: run its degrade stage again"
    )
