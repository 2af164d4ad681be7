"""Restored images and their targets: paired by their names, and cut to the same size."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from memnet.errors import InputError

TARGET_MARKS = frozenset(("clean", "gt", "hr", "orig", "original", "ref", "reference", "target"))
LARGEST_STEP = 64  # pixels; published packs are cut to multiples of 2 to 12, or of 16 to 64

Size = tuple[int, int]  # height and width


class Paired(NamedTuple):
    """The file of each image, in the order of the images."""

    files: dict[str, Path]
    notes: list[str]  # one sentence if any name differs from its image's


def paired(files: Sequence[Path], images: Sequence[str], folder: Path, dataset: str) -> Paired:
    """The file of each image: one of the same name, or one whose name contains the image's.

    `baby_x2_SR.png`, `babyx2.png`, `SwinIR_baby.png` and `baby.png` are all taken for `baby_GT`,
    unless another file or another image could be meant. Case makes no difference, nor whether an
    accent is a character of its own (macOS). `folder` and `dataset` are for messages.

    Raises
    ------
    InputError : an image has no file or two, or a file belongs to no image
    """
    by_name = {_composed(image): image for image in images}
    exact = {path: by_name[n] for path in files if (n := _composed(path.stem)) in by_name}
    cores = {image: _core(image) for image in images}
    found: dict[str, Path] = {}
    renamed, extra = [], []
    for path in [*exact, *(path for path in files if path not in exact)]:
        image = exact.get(path) or _meant(_words(path.stem), cores)
        if image is None or (path not in exact and image in exact.values()):
            extra.append(path.name)
        elif image in found:
            raise InputError(
                f"{folder} must hold one file per image, got {found[image].name} and {path.name} "
                f"for {image}: remove one"
            )
        else:
            found[image] = path
            if path not in exact:
                renamed.append(f"{path.name} as {image}")
    missing = [image for image in images if image not in found]
    if missing:
        but = f", but it has {listed(extra, shown=3)}" if extra else ""
        raise InputError(
            f"{folder} must hold an image for each of the {len(images)} of {dataset}, "
            f"{len(missing)} {'is' if len(missing) == 1 else 'are'} missing: {listed(missing)}"
            f"{but}; name each file after its image"
        )
    if extra:
        raise InputError(
            f"{folder} must hold nothing but the images of {dataset} ({listed(images)}), got "
            f"{listed(extra, shown=3)} too: remove what does not belong"
        )
    notes = [f"Names: took {listed(renamed, shown=3)}."] if renamed else []
    return Paired({image: found[image] for image in images}, notes)


def _composed(name: str) -> str:
    """A name in which an accented letter is one character."""
    return unicodedata.normalize("NFC", name)


def _words(name: str) -> tuple[str, ...]:
    """The words of a name: `babyx2_SR` is (baby, x2, sr)."""
    words: list[str] = []
    for part in re.split(r"[\s_.\-]+", _composed(name).casefold()):
        scaled = re.fullmatch(r"(.+?)(x[2-8])", part)
        words += scaled.groups() if scaled else [part]
    return tuple(word for word in words if word)


def _core(name: str) -> tuple[str, ...]:
    """A target's words without its marks: (baby) of `baby_GT`, (img, 001) of `img_001_SRF_4_HR`."""
    words = _words(name)
    while len(words) > 1 and words[-1] in TARGET_MARKS:
        words = words[:-1]
    return words[:-2] if len(words) > 2 and words[-2] == "srf" else words


def _meant(words: tuple[str, ...], cores: dict[str, tuple[str, ...]]) -> str | None:
    """The image whose words are in a file's name; None unless it is exactly one."""
    # More words win (`a_b_SR` belongs to a_b, not to a), then words at the beginning.
    places: dict[tuple[int, bool], list[str]] = {}
    for image, core in cores.items():
        starts = [i for i in range(len(words)) if words[i : i + len(core)] == core]
        if starts:
            places.setdefault((len(core), starts[0] == 0), []).append(image)
    best = places[max(places)] if places else []
    return best[0] if len(best) == 1 else None


def listed(names: Sequence[str], shown: int = 10) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def cut_to(size: Size, step: int) -> Size:
    """A size cut to multiples of `step`."""
    height, width = size
    return height - height % step, width - width % step


def cut_note(step: int) -> str:
    """The sentence on targets that were cut to multiples of `step`."""
    return (
        f"The targets were cut to multiples of {step}, as the results are: these are not the "
        "images of the paper's tables."
    )


def cut_of(sizes: Sequence[tuple[Size, Size]], scale: int) -> int | None:
    """The smallest step that explains the sizes if all targets were cut to multiples of it.

    Each pair is the size of a result and that of its target, which is uncut or cut as the protocol
    says. The step is a multiple of `scale`, which is 1 except in super-resolution. None if the
    results have the protocol's sizes, or if no step explains them.
    """
    for step in range(scale, LARGEST_STEP + 1, scale):
        if all(result == cut_to(target, step) for result, target in sizes):
            return None if step == scale else step
    return None
