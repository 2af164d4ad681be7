"""The images that a user names: one file or a folder, alone or paired with their targets."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from memnet.data.pairing import cut_note, cut_of, cut_to, listed, paired
from memnet.data.planes import MIN_SIDE
from memnet.data.reading import Reading, lossy_notes, one_channel, plane_of, turned_notes
from memnet.errors import InputError
from memnet.explanation.variants import Image
from memnet.imaging.io import image_facts, read_image
from memnet.imaging.listing import image_files
from memnet.imaging.resize import modcrop
from memnet.imaging.unrounded import NUMPY, PLANE_SUFFIXES, is_array_file
from memnet.schema import LEVEL_LIMITS
from memnet.tasks.task import Task, to_unit

WHEN_NONE_IS_GIVEN = {"denoising": 30, "jpeg_deblocking": 20}  # to tell a plane from a photo with


class PairedFiles(NamedTuple):
    """Restored files with their targets, and what their names and headers say of them."""

    pairs: list[tuple[Path, Path]]  # restored, target
    step: int | None  # the targets were cut to multiples of this, beyond the protocol
    notes: list[str]


def paired_files(restored: Path, target: Path, task: Task, level: int) -> PairedFiles:
    """The two files, or those of two folders, paired by their names as `paired` does.

    InputError if only one of the two is a folder, or if a folder has no image, two of the same
    name, or one without a counterpart.
    """
    results, targets = image_files(restored, PLANE_SUFFIXES), image_files(target)
    if restored.is_dir() != target.is_dir():
        raise InputError(
            f"restored and target must be two files or two folders, got one of each: "
            f"{restored} and {target}"
        )
    pairs, notes = [(restored, target)], []
    if restored.is_dir():
        twice = [stem for stem, n in Counter(file.stem for file in targets).items() if n > 1]
        if twice:
            raise InputError(
                f"{target} must hold one image of each name, got two of {listed(twice)}"
            )
        found = paired(results, [file.stem for file in targets], restored, str(target))
        pairs = [(found.files[file.stem], file) for file in targets]
        notes += found.notes
    pairs_of_8_bits = [(a, b) for a, b in pairs if a.suffix.lower() != NUMPY]
    facts = [(image_facts(a), image_facts(b)) for a, b in pairs_of_8_bits]
    sizes = [((a.height, a.width), (b.height, b.width)) for a, b in facts]
    step = cut_of(sizes, level if task.name == "super_resolution" else 1)
    if step is not None:
        notes.append(cut_note(step))
    turned = [b.name for (_, b), (_, about) in zip(pairs_of_8_bits, facts, strict=True)
              if about.turned]  # fmt: skip
    notes += lossy_notes([result for result, _ in pairs]) + turned_notes(turned)
    return PairedFiles(pairs, step, notes)


def read_pair(
    restored: Path, target: Path, task: Task, level: int, step: int | None
) -> tuple[Image, Image]:
    """Restored image and target, each (H, W) or (H, W, 3) uint8, in the same size.

    The target is cut to multiples of `step`, or else of the scale, if that gives it the size of the
    restored image: the paper cuts before it shrinks. Grey in three equal channels becomes one plane
    if that plane is what the task scores.

    InputError if a file cannot be read or holds floats, if the sizes still differ, if the images
    are equal, or if the result is in true colour but its target is grey.
    """
    if is_array_file(restored):
        raise InputError(
            f"explain compares files of 8 bits, got unrounded values in {restored}: `memnet score` "
            "reads them"
        )
    a, b = (read_image(path, min_side=MIN_SIDE) for path in (restored, target))
    cut = modcrop(b, step or (level if task.name == "super_resolution" else 1))
    if a.shape[:2] == cut.shape[:2]:
        b = cut
    if a.shape[:2] != b.shape[:2]:
        raise InputError(
            f"restored and target must have the same size, got {_size(a)} in {restored} and "
            f"{_size(b)} in {target}{_hint(a, b, task, level)}"
        )
    grey = one_channel(a)
    if b.ndim == 2 and grey is None:
        raise InputError(
            f"restored must be grey where its target is grey, got colour in {restored} for "
            f"{target}: save its one plane"
        )
    if grey is not None:
        level = level or WHEN_NONE_IS_GIVEN[task.name]
        degraded = to_unit(task.degrade(task.plane(b), level, seed=0).degraded)
        _, reading = plane_of(a, degraded, task, level, restored, grey_target=b.ndim == 2)
        if b.ndim == 2 or reading in (Reading.PLANE, Reading.CHANNELS, Reading.UNSURE):
            a = grey
        elif reading is Reading.PHOTO and a.ndim == 2:
            a = np.dstack([a] * 3)
    if np.array_equal(a, b):
        turned = (
            ", turned upright as its EXIF orientation says" if image_facts(target).turned else ""
        )
        raise InputError(
            f"restored and target must differ, got the same pixels in {restored} and "
            f"{target}{turned}"
        )
    return a, b


def _hint(restored: Image, target: Image, task: Task, level: int) -> str:
    """Why the sizes may differ, where they can tell."""
    got, full = restored.shape[:2], target.shape[:2]
    if got == full[::-1]:
        return "; turn it by 90 degrees: its target is upright, an EXIF orientation being applied"
    if task.name != "super_resolution":
        return ""
    lowest, highest = LEVEL_LIMITS[task.name]
    fitting = [scale for scale in range(lowest, highest + 1) if got == cut_to(full, scale)]
    if fitting:
        which = " or ".join(map(str, fitting))
        return f"; cut for scale {which} it would have that: is --scale right?"
    if max(abs(a - b) for a, b in zip(got, full, strict=True)) < level:
        return f"; the paper cuts the target to {_size(modcrop(target, level))} for scale {level}"
    return ""


def _size(image: Image) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"
