"""The photos that a command is given, and where their results go."""

import glob
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from memnet.errors import InputError


class Named(NamedTuple):
    """Files that arguments stand for."""

    photos: list[Path]
    unread: dict[Path, str]  # images of a kind that is not read, each with a sentence


def photo_paths(images: Sequence[Path]) -> Named:
    """Files that arguments stand for, each once: files, those of folders, matches of patterns."""
    photos: dict[Path, None] = {}  # as a set that keeps its order
    unread: dict[Path, str] = {}
    for image in images:
        found = _expanded(image)
        photos |= dict.fromkeys(found.photos)
        unread |= found.unread
    return Named(list(photos), unread)


def _expanded(image: Path) -> Named:
    from memnet.imaging.listing import images_among, unread_among
    from memnet.imaging.unrounded import PLANE_SUFFIXES

    if image.is_dir():
        there = list(image.iterdir())
    elif not image.exists() and glob.has_magic(str(image)):
        there = [Path(match) for match in glob.glob(str(image))]  # noqa: PTH207  (may be absolute)
    else:
        return Named([image], {})
    unread = unread_among(there)
    if unread and not any(path.suffix.lower() in PLANE_SUFFIXES for path in there):
        return Named([], unread)
    return Named(images_among(there, image, PLANE_SUFFIXES), unread)


def goal_paths(
    paths: Sequence[Path], out: Path, floats: Collection[Path] = frozenset()
) -> list[Path]:
    """Where each photo goes: `out` itself, or a file of its name in the folder `out`.

    That is a PNG, or for one of `floats`, which hold planes of floats, a file of the same kind.

    Raises
    ------
    InputError : two photos would become one file, one would overwrite a photo that is to be
        restored, or `out` is a file where a folder is needed
    """
    from memnet.imaging.unrounded import PLANE_SUFFIXES

    is_image = out.suffix.lower() in PLANE_SUFFIXES and not out.is_dir()
    if is_image and len(paths) > 1:
        raise InputError(f"--out must be a folder for {len(paths)} photos, got the file {out}")
    if not is_image and out.exists() and not out.is_dir():
        raise InputError(f"--out must be a folder or an image file, got {out}, which is neither")

    named = [path.name if path in floats else f"{path.stem}.png" for path in paths]
    goals = [out] if is_image else [out / name for name in named]
    require_kept(paths, goals, "a photo to be restored")
    sources: dict[str, Path] = {}
    for path, goal in zip(paths, goals, strict=True):
        other = sources.setdefault(goal.name.casefold(), path)  # one file on some systems
        if other != path:
            raise InputError(
                f"photos must have different names, got {other} and {path}, which would both "
                f"become {goal}: restore them into two folders"
            )
    return goals


def require_kept(sources: Iterable[Path], goals: Iterable[Path], what: str) -> None:
    """Raise InputError if a goal is one of the sources, perhaps by another name of that file."""
    kept = {_identity(path) for path in sources if path.exists()}
    for goal in goals:
        if goal.exists() and _identity(goal) in kept:
            raise InputError(f"{goal} must not be overwritten, it is {what}: give another --out")


def _identity(path: Path) -> tuple[int, int]:
    """What two names of one file have in common."""
    stat = path.stat()
    return stat.st_dev, stat.st_ino
