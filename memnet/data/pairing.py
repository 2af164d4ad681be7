"""Restored images and the images that they are of, paired by their names."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from memnet.errors import InputError

TARGET_MARKS = frozenset(("clean", "gt", "hr", "orig", "original", "ref", "reference", "target"))


class Paired(NamedTuple):
    """The file of each image, and what should be said of their names.

    Attributes
    ----------
    files : by image, in the order in which the images were wanted
    renamed : images whose file has another name than theirs
    """

    files: dict[str, Path]
    renamed: list[str]

    @property
    def notes(self) -> list[str]:
        """A sentence on names that differ, if any do."""
        if not self.renamed:
            return []
        pairs = [f"{self.files[image].name} as {image}" for image in self.renamed]
        return [f"Names: took {listed(pairs, shown=3)}."]


def paired(files: Sequence[Path], images: Sequence[str], folder: Path, dataset: str) -> Paired:
    """File of each image: of its very name, or of one that holds it.

    `baby_x2_SR.png`, `babyx2.png`, `SwinIR_baby.png` and `baby.png` are all taken for `baby_GT`,
    where no other file and no other image could be meant. Case, and whether an accent is a
    character of its own (macOS), make no difference.

    Parameters
    ----------
    files : what the folder holds
    images : names that are wanted, without suffix
    folder, dataset : for messages

    Raises
    ------
    InputError : an image has no file, or two; a file is of no image
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
                renamed.append(image)
    _require_all(found, extra, images, folder, dataset)
    return Paired({image: found[image] for image in images}, renamed)


def _require_all(
    found: dict[str, Path], extra: list[str], images: Sequence[str], folder: Path, dataset: str
) -> None:
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
    """The words of a target's name without those that say that it is one.

    `baby_GT` is (baby), and `img_001_SRF_4_HR`, as Urban100 is named, (img, 001).
    """
    words = _words(name)
    while len(words) > 1 and words[-1] in TARGET_MARKS:
        words = words[:-1]
    return words[:-2] if len(words) > 2 and words[-2] == "srf" else words


def _meant(words: tuple[str, ...], cores: dict[str, tuple[str, ...]]) -> str | None:
    """The image whose words stand in a file's name, if they are of one alone.

    More words beat fewer (`a_b_SR` is of a_b, not of a), and the beginning beats the rest.
    """
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
