"""Images that were restored elsewhere as a method: one file for each image of a dataset."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from memnet.data.pairs import PairFolder
from memnet.errors import InputError
from memnet.imaging.io import SUFFIXES, read_image
from memnet.tasks import TASKS, task_named
from memnet.tasks.task import Observation, to_unit


def level_folder(task: str, dataset: str, level: int, seed: int) -> Path:
    """Where, below a method's folder, its images of one dataset and level lie.

    `set5/x3`, `live1/q10`, and `s14/s30/seed0` where each seed draws another noise.
    """
    protocol = TASKS[task]
    folder = Path(dataset) / f"{protocol.level_prefix}{level}"
    return folder / f"seed{seed}" if protocol.random else folder


class Key(NamedTuple):
    """Which restored image a file holds."""

    dataset: str
    level: int
    seed: int
    image: str


def match_images(folder: Path, images: Sequence[str], dataset: str) -> dict[str, Path]:
    """File of each image of a dataset, found by its name without the suffix.

    Raises
    ------
    InputError : the folder does not exist; an image of the dataset has no file, or two; a file
        is of no image of the dataset
    """
    if not folder.is_dir():
        raise InputError(f"{folder} must be a folder with the restored images of {dataset}")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES or path.name.startswith("."):
            continue
        if path.stem in found:
            raise InputError(
                f"{folder} must hold one file an image, got {found[path.stem].name} and "
                f"{path.name}: remove one"
            )
        found[path.stem] = path
    missing = [image for image in images if image not in found]
    extra = [name for name in found if name not in images]
    if missing:
        but = f", but it has {_few(extra)}" if extra else ""
        raise InputError(
            f"{folder} must hold an image for each of the {len(images)} of {dataset}, "
            f"{len(missing)} {'is' if len(missing) == 1 else 'are'} missing: {_few(missing)}{but}; "
            "a file is named like its image"
        )
    if extra:
        raise InputError(
            f"{folder} must hold the {len(images)} images of {dataset} alone, got {_few(extra)} "
            "too: remove what does not belong"
        )
    return {image: found[image] for image in images}


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


class ImagesRestorer:
    """Reads the restored plane of an image from the file that holds it.

    A colour image is reduced to the plane that its task scores; a grey one is that plane.
    """

    def __init__(self, files: Mapping[Key, Path], task: str) -> None:
        self.files = files
        self.task = task

    def __call__(self, observation: Observation) -> NDArray[np.float32]:
        """Restored plane (H, W) in units of 255 = 1.

        Raises
        ------
        InputError : the file is no 8-bit grey or RGB image of the target's size
        """
        key = Key(*(getattr(observation, name) for name in Key._fields))
        return to_unit(self._plane(key, observation.degraded.shape))

    def check(self, pairs: PairFolder) -> None:
        """Open every file before the first is scored.

        Raises
        ------
        InputError : as a call
        """
        for key in self.files:
            target = pairs.load(key.image).pair(key.level, key.seed).target
            self._plane(key, target.shape)

    def _plane(self, key: Key, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        path = self.files[key]
        image = read_image(path, min_side=1)
        (height, width), (rows, columns) = image.shape[:2], shape
        if (height, width) != (rows, columns):
            surplus = (height - rows, width - columns)
            uncut = self.task == "super_resolution" and all(0 <= n < key.level for n in surplus)
            raise InputError(
                f"{path} must have {columns}x{rows} pixels like its target, got {width}x{height}: "
                + ("cut it at the bottom and right" if uncut else "restore it at that size")
            )
        return task_named(self.task).plane(image)
