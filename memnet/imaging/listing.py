"""The image files that a user's path stands for."""

from collections.abc import Iterable
from pathlib import Path

from memnet.errors import InputError
from memnet.imaging.io import SUFFIXES


def image_files(path: Path) -> list[Path]:
    """The file itself, or the images of a folder in the order of their names.

    Raises
    ------
    InputError : there is no such file or folder, or no image in the folder
    """
    if not path.is_dir():
        if not path.exists():
            raise InputError(f"there must be an image or a folder of images at {path}, got nothing")
        return [path]
    return images_among(path.iterdir(), path)


def images_among(paths: Iterable[Path], origin: Path) -> list[Path]:
    """The images among paths, sorted.

    Dotted files are left out: they are a system's notes on images, though they may have their
    suffixes.

    Raises
    ------
    InputError : there is none; the sentence names `origin`, where the paths come from
    """
    found = sorted(
        path
        for path in paths
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
    if not found:
        raise InputError(f"{origin} must hold images ({', '.join(SUFFIXES)}), got none")
    return found
