"""Degraded pairs on disk: one safetensors file an image, and an index that names them in order."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from memnet.errors import InputError
from memnet.files import read_json, sha256_of, write_json
from memnet.tasks import task_named
from memnet.tasks.task import Pair, Task

INDEX = "index.json"
PLANE = "plane"


def write_pairs(
    folder: Path, task: Task, planes: Iterable[tuple[str, NDArray[np.uint8]]], *,
    dataset: str, levels: list[int], seeds: list[int], codec: str | None,
) -> None:  # fmt: skip
    """Degrade planes at every level and seed, and write them with an index.

    Parameters
    ----------
    folder : where the files go; it exists
    task : how to degrade
    planes : name and (H, W) uint8 plane of each image; one is held in memory at a time
    dataset, codec : for the record
    levels : what to degrade by
    seeds : noise seeds; none at all stores the planes alone, for a network that is given fresh
        noise at every step
    """
    images = []
    for name, plane in planes:
        tensors: dict[str, NDArray[Any]] = {PLANE: plane}
        for level in levels:
            for seed in seeds:
                tensors[f"{level}/{seed}"] = task.degrade(plane, level, seed=seed).degraded
        save_file(
            {k: np.ascontiguousarray(v) for k, v in tensors.items()}, folder / f"{name}.safetensors"
        )
        images.append(name)
    index = {
        "task": task.name,
        "protocol": protocol(task),
        "dataset": dataset,
        "levels": levels,
        "seeds": seeds,
        "codec": codec,
        "images": images,
    }
    write_json(folder / INDEX, index)


def protocol(task: Task) -> str:
    """Name and version of a task's protocol."""
    return f"{task.name}-{task.version}"


class PairFolder:
    """Read access to a folder that `write_pairs` made.

    Raises
    ------
    InputError : the folder or a file of it is missing or damaged
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        try:
            index = read_json(self.folder / INDEX)
            self.task: str = index["task"]
            self.dataset: str = index["dataset"]
            self.levels: list[int] = index["levels"]
            self.seeds: list[int] = index["seeds"]
            self.images: list[str] = index["images"]
            made_by, now = index["protocol"], protocol(task_named(self.task))
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(
                f"{self.folder} holds no degraded pairs: run its degrade stage"
            ) from None
        if made_by != now:
            raise InputError(
                f"{self.folder} was made under protocol {made_by}, but {now} is wanted: run its "
                "degrade stage again"
            )

    def load(self, image: str) -> "ImagePairs":
        """All pairs of one image."""
        path = self.folder / f"{image}.safetensors"
        try:
            return ImagePairs(path, load_file(path))
        except (OSError, KeyError, SafetensorError) as error:
            raise InputError(
                f"{path} is missing or damaged ({error}): run its degrade stage again"
            ) from None

    def sha256(self) -> str:
        """Hash over the bytes of all files, in the order of the index."""
        digest = sha256(sha256_of(self.folder / INDEX).encode())
        for image in self.images:
            digest.update(sha256_of(self.folder / f"{image}.safetensors").encode())
        return digest.hexdigest()


class ImagePairs:
    """One image with its degraded versions."""

    def __init__(self, path: Path, tensors: dict[str, NDArray[Any]]) -> None:
        self._path = path
        self._tensors = tensors
        self.plane: NDArray[np.uint8] = tensors[PLANE]

    def pair(self, level: int, seed: int) -> Pair:
        """Target and degraded plane; the target is cut at the bottom and right to the same size.

        Raises
        ------
        InputError : there is no degraded plane of that level and seed
        """
        degraded = self._tensors.get(f"{level}/{seed}")
        if degraded is None:
            raise InputError(
                f"{self._path} holds no degraded plane of level {level} and seed {seed}: "
                "run its degrade stage again"
            )
        height, width = degraded.shape
        return Pair(np.ascontiguousarray(self.plane[:height, :width]), degraded)
