"""Degraded pairs on disk: one safetensors file per image, and an index that names them in order."""

import json
import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from memnet.errors import InputError
from memnet.files import read_json, write_json
from memnet.tasks import task_named
from memnet.tasks.task import Pair, Task

INDEX = "index.json"
PLANE = "plane"


def write_pairs(
    folder: Path, task: Task, planes: Iterable[tuple[str, NDArray[np.uint8]]], *,
    dataset: str, levels: list[int], seeds: list[int], codec: str | None,
) -> None:  # fmt: skip
    """Degrade planes (H, W) uint8 at every level and seed, on all cores, into an existing folder.

    Only a few planes for each core are in memory. Without seeds, the planes alone are stored, for a
    training that draws fresh noise at every step. `dataset` and `codec` are only recorded.
    """

    def write(name: str, plane: NDArray[np.uint8]) -> None:
        save_file(degraded_versions(task, plane, levels, seeds), folder / f"{name}.safetensors")

    images, workers = [], os.cpu_count() or 1
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(workers) as pool:  # NumPy, OpenCV and Pillow let threads run
        for name, plane in planes:
            images.append(name)
            waiting.append(pool.submit(write, name, plane))
            if len(waiting) > 2 * workers:  # so that memory does not grow with the set
                waiting.popleft().result()
        for written in waiting:
            written.result()
    index = {
        "task": task.name, "protocol": protocol(task), "dataset": dataset, "levels": levels,
        "seeds": seeds, "codec": codec, "images": images,
    }  # fmt: skip
    write_json(folder / INDEX, index)


def degraded_versions(
    task: Task, plane: NDArray[np.uint8], levels: list[int], seeds: list[int]
) -> dict[str, NDArray[Any]]:
    """The plane itself, and its degraded versions named "<level>/<seed>"."""
    tensors: dict[str, NDArray[Any]] = {PLANE: plane}
    for level, seed in product(levels, seeds):
        tensors[f"{level}/{seed}"] = task.degrade(plane, level, seed=seed).degraded
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


def protocol(task: Task) -> str:
    """Name and version of a task's protocol."""
    return f"{task.name}-{task.version}"


class Pairs(ABC):
    """The degraded pairs of a set, in a folder or in a pack; `place` is for messages.

    InputError if `index` is not one that `write_pairs` writes, or is of another protocol.
    """

    def __init__(self, place: Path, index: Any) -> None:
        try:
            self.task: str = index["task"]
            self.dataset: str = index["dataset"]
            self.levels: list[int] = index["levels"]
            self.seeds: list[int] = index["seeds"]
            self.images: list[str] = index["images"]
            made_by, now = index["protocol"], protocol(task_named(self.task))
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{place} holds no degraded pairs: run its degrade stage") from None
        if made_by != now:
            raise InputError(
                f"{place} was made under protocol {made_by}, but {now} is wanted: run its "
                "degrade stage again"
            )
        self.index: dict[str, Any] = index

    @abstractmethod
    def load(self, image: str) -> "ImagePairs":
        """All pairs of one image."""

    def image_sha256(self, image: str) -> str:
        """Hash over the planes of one image, as they are read now."""
        return self.load(image).sha256()

    def sha256(self) -> str:
        """Hash over the index and all planes, the same however they are stored."""
        digest = sha256(json.dumps(self.index, sort_keys=True).encode())
        for image in self.images:
            digest.update(self.image_sha256(image).encode())
        return digest.hexdigest()


class PairFolder(Pairs):
    """The pairs in a folder of `write_pairs`; InputError if a file is missing or damaged."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        try:
            index = read_json(self.folder / INDEX)
        except InputError:
            index = None
        super().__init__(self.folder, index)

    def load(self, image: str) -> "ImagePairs":
        """All pairs of one image."""
        path = self.folder / f"{image}.safetensors"
        try:
            return ImagePairs(path, load_file(path))
        except (OSError, KeyError, SafetensorError) as error:
            raise InputError(
                f"{path} is missing or damaged ({error}): run its degrade stage again"
            ) from None


class ImagePairs:
    """One image with its degraded versions."""

    def __init__(self, path: Path, tensors: dict[str, NDArray[Any]]) -> None:
        self._path = path
        self._tensors = tensors
        self.plane: NDArray[np.uint8] = tensors[PLANE]

    def sha256(self) -> str:
        """Hash over name, type, shape and values of every plane."""
        digest = sha256()
        for name, tensor in sorted(self._tensors.items()):
            digest.update(f"{name} {tensor.dtype} {tensor.shape}\n".encode())
            digest.update(np.ascontiguousarray(tensor).tobytes())
        return digest.hexdigest()

    def pair(self, level: int, seed: int) -> Pair:
        """Target and degraded plane; the target is cut at the bottom and right to the same size.

        InputError if there is no degraded plane of that level and seed.
        """
        degraded = self._tensors.get(f"{level}/{seed}")
        if degraded is None:
            raise InputError(
                f"{self._path} holds no degraded plane of level {level} and seed {seed}: "
                "run its degrade stage again"
            )
        height, width = degraded.shape
        return Pair(np.ascontiguousarray(self.plane[:height, :width]), degraded)
