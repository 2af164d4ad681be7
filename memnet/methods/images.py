"""Images that were restored elsewhere as a method: one file for each image of a dataset."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from memnet.data.pairing import Paired, cut_of, listed, paired
from memnet.data.pairs import PairFolder
from memnet.data.reading import Reading, plane_of
from memnet.errors import InputError
from memnet.imaging.io import image_facts, write_png
from memnet.imaging.listing import unread_among
from memnet.imaging.rounding import to_uint8
from memnet.imaging.unrounded import PLANE_SUFFIXES, is_array_file, read_plane_or_image, write_plane
from memnet.tasks import TASKS, task_named
from memnet.tasks.task import DegradedImage, Task, to_unit


def level_folder(task: str, dataset: str, level: int, seed: int) -> Path:
    """Where, below a method's folder, its images of one dataset and level lie.

    `set5/x3`, `live1/q10`, and `s14/s30/seed0` where each seed draws another noise.
    """
    protocol = TASKS[task]
    folder = Path(dataset) / f"{protocol.level_prefix}{level}"
    return folder / f"seed{seed}" if protocol.random else folder


@dataclass(frozen=True)
class ImageWriter:
    """Writes restored planes as files that score the same: PNG, or TIFF of floats.

    A PNG where the task rounds to 8 bits, a TIFF in units of 255 = 1 where it does not.
    """

    folder: Path
    by_level: bool  # below `level_folder`, as a method of kind images has them

    def __call__(self, seen: DegradedImage, restored: NDArray[np.floating], task: Task) -> None:
        """Write the restored plane (H, W) of an image."""
        place = level_folder(task.name, seen.dataset, seen.level, seen.seed)
        goal = (self.folder / place if self.by_level else self.folder) / seen.image
        if task.rounds:
            write_png(f"{goal}.png", to_uint8(restored * np.float32(255)))
        else:
            write_plane(f"{goal}.tiff", restored.astype(np.float32))


class Key(NamedTuple):
    """Which restored image a file holds."""

    dataset: str
    level: int
    seed: int
    image: str


def match_images(folder: Path, images: Sequence[str], dataset: str) -> Paired:
    """File of each image of a dataset, as `paired` finds it.

    InputError if there is no such folder, an image has no file or two, or a file no image.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} must be a folder with the restored images of {dataset}")
    there = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    files = [path for path in there if path.suffix.lower() in PLANE_SUFFIXES]
    try:
        return paired(files, images, folder, dataset)
    except InputError as error:
        unread = "; ".join(unread_among(there).values())
        raise InputError(f"{error}; {unread}" if unread else str(error)) from None


@dataclass
class ImagesRestorer:
    """Reads the restored plane of an image from the file that holds it.

    A colour image is reduced to the plane that its task scores; a grey one, also in three equal
    channels, is read as `plane_of` says.
    """

    files: Mapping[Key, Path]
    task: str
    grey_targets: Collection[str] | None = None  # their names; None where that is not known
    _unsure: Reading = Reading.UNSURE

    def __call__(self, seen: DegradedImage) -> NDArray[np.float32]:
        """Restored plane (H, W) in units of 255 = 1; InputError if the file does not hold one."""
        key = Key(seen.dataset, seen.level, seen.seed, seen.image)
        plane, _ = self._read(key, seen.plane)
        return to_unit(plane)

    def check(self, pairs: PairFolder) -> dict[Key, Reading]:
        """Open every file before the first is scored, and tell how each is read.

        A grey result whose brightness tells nothing is read as the others of its method are.
        """
        readings = {}
        for key in self.files:
            pair = pairs.load(key.image).pair(key.level, key.seed)
            _, readings[key] = self._read(key, to_unit(pair.degraded))
        grey = self.grey_targets or ()
        found = {reading for key, reading in readings.items() if key.image not in grey}
        sure = found & {Reading.PLANE, Reading.CHANNELS, Reading.PHOTO}
        if Reading.UNSURE in found and sure:
            self._unsure = Reading.PHOTO if sure == {Reading.PHOTO} else Reading.PLANE
            return self.check(pairs)  # in which none is unsure
        return readings

    def _read(self, key: Key, degraded: NDArray[np.float32]) -> tuple[NDArray[Any], Reading]:
        path = self.files[key]
        image = read_plane_or_image(path)
        (height, width), (rows, columns) = image.shape[:2], degraded.shape
        if (height, width) != (rows, columns):
            remedy = _remedy((height, width), (rows, columns), self.task, key.level)
            raise InputError(
                f"{path} must have {columns}x{rows} pixels like its target, got {width}x{height}: "
                f"{remedy}"
            )
        known = self.grey_targets
        return plane_of(
            image, degraded, task_named(self.task), key.level, path,
            grey_target=None if known is None else key.image in known, unsure=self._unsure,
        )  # fmt: skip


def _remedy(size: tuple[int, int], wanted: tuple[int, int], task: str, scale: int) -> str:
    """What to do about a restored image of another size, (height, width)."""
    surplus = [a - b for a, b in zip(size, wanted, strict=True)]
    if task == "super_resolution" and all(0 <= n < scale for n in surplus):
        return "cut it at the bottom and right"
    if size == wanted[::-1]:
        return "turn it by 90 degrees: its target is upright, an EXIF orientation being applied"
    step = cut_of([(size, wanted)], scale if task == "super_resolution" else 1)
    if step is not None:
        return (
            f"its target seems to have been cut to multiples of {step}: `memnet score` cuts the "
            "targets alike if all results are so; else restore it at that size"
        )
    return "restore it at that size"


def size_of(path: Path) -> tuple[int, int]:
    """Height and width of a restored image; errors are those of `read_plane_or_image`."""
    if is_array_file(path):
        height, width = read_plane_or_image(path).shape[:2]
        return height, width
    facts = image_facts(path)
    return facts.height, facts.width


def reading_notes(readings: Mapping[Key, Reading]) -> list[str]:
    """A sentence for each way in which grey results were read, where that is not plain."""
    notes = []
    for reading in Reading:
        images = [key.image for key, read in readings.items() if read is reading]
        if images and reading.value:
            notes.append(f"{reading.value}: {listed(list(dict.fromkeys(images)), shown=3)}.")
    return notes
