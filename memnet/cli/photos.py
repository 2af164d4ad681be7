"""The photos that a command is given, and where their results go."""

import glob
from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from pathlib import Path

from memnet.errors import InputError


def photo_paths(images: Sequence[Path]) -> tuple[list[Path], dict[Path, str]]:
    """The photos in files, folders and patterns, each once; and why other images are not read."""
    from memnet.imaging.listing import images_among, unread_among
    from memnet.imaging.unrounded import PLANE_SUFFIXES

    photos: dict[Path, None] = {}  # as a set that keeps its order
    unread: dict[Path, str] = {}
    for image in images:
        if image.is_dir():
            there = list(image.iterdir())
        elif not image.exists() and glob.has_magic(str(image)):
            there = [Path(match) for match in glob.glob(str(image))]  # noqa: PTH207  (may be absolute)
        else:
            photos[image] = None
            continue
        refused = unread_among(there)
        unread |= refused
        if not refused or any(path.suffix.lower() in PLANE_SUFFIXES for path in there):
            photos |= dict.fromkeys(images_among(there, image, PLANE_SUFFIXES))
    return list(photos), unread


def goal_paths(
    paths: Sequence[Path], out: Path, floats: Collection[Path] = frozenset()
) -> list[Path]:
    """Where each photo goes: `out` itself, or a file of its name in the folder `out`.

    It is a PNG, or for a photo among `floats` (planes of floats) a file of the photo's own kind.
    InputError if `out` does not fit, two would become one file, or a photo would be overwritten.
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
    identity = attrgetter("st_dev", "st_ino")
    kept = {identity(path.stat()) for path in sources if path.exists()}
    for goal in goals:
        if goal.exists() and identity(goal.stat()) in kept:
            raise InputError(f"{goal} must not be overwritten, it is {what}: give another --out")
