"""The images that a user names: one file or a folder, alone or paired with their targets."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from memnet.data.planes import MIN_SIDE
from memnet.errors import InputError
from memnet.explanation.variants import Image
from memnet.imaging.io import read_image
from memnet.imaging.listing import image_files
from memnet.imaging.resize import modcrop
from memnet.tasks.task import Task

NAMES_SHOWN = 3


def paired_files(restored: Path, target: Path) -> list[tuple[Path, Path]]:
    """Restored file and target: the two files, or those of two folders with the same stem.

    Raises
    ------
    InputError : as `image_files`; one is a file and the other a folder; a stem occurs twice in a
        folder, or in one folder only
    """
    results, targets = image_files(restored), image_files(target)
    if restored.is_dir() != target.is_dir():
        raise InputError(
            f"restored and target must be two files or two folders, got one of each: "
            f"{restored} and {target}"
        )
    if not restored.is_dir():
        return [(restored, target)]
    result_of, target_of = _by_stem(restored, results), _by_stem(target, targets)
    for folder, missing in (
        (target, result_of.keys() - target_of.keys()),
        (restored, target_of.keys() - result_of.keys()),
    ):
        if missing:
            raise InputError(
                f"every image must have its partner of the same name, but {folder} lacks "
                f"{_listed(missing)}"
            )
    return [(result_of[stem], target_of[stem]) for stem in sorted(target_of)]


def read_pair(restored: Path, target: Path, task: Task, level: int) -> tuple[Image, Image]:
    """Both images, in the same size.

    The target is cut to a multiple of the scale where the restored image shows that it was cut so
    before it was shrunk, as the paper does. Grey stored as RGB is made grey for a grey target.

    Parameters
    ----------
    task : super-resolution is what cuts
    level : its scale

    Returns
    -------
    restored, target : each (H, W) or (H, W, 3) uint8; a colour result has a colour target

    Raises
    ------
    InputError : as `read_image`; the sizes differ otherwise, the images are equal, or a result in
        true colour has a grey target
    """
    a, b = (read_image(path, min_side=MIN_SIDE) for path in (restored, target))
    cut = modcrop(b, level) if task.name == "super_resolution" else b
    if a.shape[:2] == cut.shape[:2]:
        b = cut
    if a.shape[:2] != b.shape[:2]:
        raise InputError(
            f"restored and target must have the same size, got {_size(a)} in {restored} and "
            f"{_size(b)} in {target}{_hint(a, b, cut, level)}"
        )
    if a.ndim > b.ndim:
        if (a != a[..., :1]).any():
            raise InputError(
                f"restored must be grey where its target is grey, got colour in {restored} for "
                f"{target}: save its one plane"
            )
        a = np.ascontiguousarray(a[..., 0])
    if np.array_equal(a, b):
        raise InputError(
            f"restored and target must differ, got the same pixels in {restored} and {target}"
        )
    return a, b


def _hint(restored: Image, target: Image, cut: Image, scale: int) -> str:
    """What the paper does with the target's size, if that may be why it is another one."""
    pixels = zip(restored.shape[:2], target.shape[:2], strict=True)
    if max(abs(a - b) for a, b in pixels) >= scale:  # 0 but in super-resolution
        return ""
    return f"; the paper cuts the target to {_size(cut)} for scale {scale}: is the scale right?"


def _by_stem(folder: Path, files: list[Path]) -> dict[str, Path]:
    twice = [stem for stem, count in Counter(file.stem for file in files).items() if count > 1]
    if twice:
        raise InputError(f"{folder} must hold one image of each name, got two of {_listed(twice)}")
    return {file.stem: file for file in files}


def _listed(names: Iterable[str]) -> str:
    """The first names, and how many more there are."""
    ordered = sorted(names)
    more = len(ordered) - NAMES_SHOWN
    return ", ".join(ordered[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _size(image: Image) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"
