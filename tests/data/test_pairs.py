"""Pairs on disk: what is written is what is read, and damage is told in a sentence."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from memnet.data.pairs import INDEX, PairFolder, write_pairs
from memnet.errors import InputError
from memnet.files import read_json, write_json
from memnet.tasks import TASKS

RNG = np.random.default_rng(0)
PLANES = {
    "bird": RNG.integers(0, 256, (37, 41), dtype=np.uint8),
    "101": RNG.integers(0, 256, (32, 45), dtype=np.uint8),
}


def written(folder: Path, task: str, levels: list[int], seeds: list[int]) -> PairFolder:
    folder.mkdir(exist_ok=True)
    write_pairs(
        folder, TASKS[task], PLANES.items(),
        dataset="tiny", levels=levels, seeds=seeds, codec=None,
    )  # fmt: skip
    return PairFolder(folder)


@pytest.mark.parametrize(
    ("task", "levels", "seeds"),
    [
        ("super_resolution", [2, 3, 4], [0]),
        ("denoising", [30, 70], [0, 1, 2]),
        ("jpeg_deblocking", [10], [0]),
    ],
)
def test_pairs_are_those_of_the_task(
    tmp_path: Path, task: str, levels: list[int], seeds: list[int]
) -> None:
    folder = written(tmp_path / "pairs", task, levels, seeds)
    assert (folder.task, folder.dataset) == (task, "tiny")
    assert (folder.levels, folder.seeds, folder.images) == (levels, seeds, ["bird", "101"])
    for image, plane in PLANES.items():
        loaded = folder.load(image)
        for level in levels:
            for seed in seeds:
                got, expected = (
                    loaded.pair(level, seed),
                    TASKS[task].degrade(plane, level, seed=seed),
                )
                for a, b in zip(got, expected, strict=True):
                    assert a.dtype == b.dtype
                    np.testing.assert_array_equal(a, b)


def test_the_index_is_the_record(tmp_path: Path) -> None:
    folder = written(tmp_path, "super_resolution", [2], [0])
    assert read_json(folder.folder / INDEX) == {
        "task": "super_resolution",
        "protocol": "super_resolution-1",
        "dataset": "tiny",
        "levels": [2],
        "seeds": [0],
        "codec": None,
        "images": ["bird", "101"],
    }


def test_without_seeds_only_the_planes_are_kept(tmp_path: Path) -> None:
    loaded = written(tmp_path, "denoising", [30, 50], []).load("bird")
    np.testing.assert_array_equal(loaded.plane, PLANES["bird"])
    with pytest.raises(InputError, match="holds no degraded plane of level 30 and seed 0"):
        loaded.pair(30, 0)


def test_the_hash_is_of_every_byte(tmp_path: Path) -> None:
    a = written(tmp_path / "a", "super_resolution", [2], [0])
    assert written(tmp_path / "b", "super_resolution", [2], [0]).sha256() == a.sha256()
    assert written(tmp_path / "c", "super_resolution", [3], [0]).sha256() != a.sha256()
    before = a.sha256()
    path = a.folder / "101.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert a.sha256() != before


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"task": "denoising"'])
def test_a_folder_without_a_whole_index(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / INDEX).write_text(text)
    with pytest.raises(InputError) as error:
        PairFolder(tmp_path)
    assert str(error.value) == f"{tmp_path} holds no degraded pairs: run its degrade stage"


@pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "no plane"])
def test_a_damaged_pair_file(tmp_path: Path, damage: str) -> None:
    folder = written(tmp_path, "super_resolution", [2], [0])
    path = tmp_path / "bird.safetensors"
    if damage == "missing":
        path.unlink()
    elif damage == "no plane":
        save_file({"2/0": np.zeros((3, 3))}, path)
    else:
        path.write_bytes(path.read_bytes()[: 0 if damage == "empty" else -100])
    with pytest.raises(InputError) as error:
        folder.load("bird")
    assert str(error.value).startswith(f"{path} is missing or damaged (")
    assert str(error.value).endswith("): run its degrade stage again")
    assert "\n" not in str(error.value)
    assert folder.load("101").plane.shape == (32, 45)


def test_an_index_that_names_more_than_there_is(tmp_path: Path) -> None:
    folder = written(tmp_path, "super_resolution", [2], [0])
    write_json(tmp_path / INDEX, {**read_json(tmp_path / INDEX), "images": ["bird", "cat"]})
    with pytest.raises(InputError, match=r"cat\.safetensors is missing or damaged"):
        PairFolder(folder.folder).load("cat")
