"""The image files that a user's path stands for."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from memnet.errors import InputError
from memnet.imaging.io import SUFFIXES

UNREAD = (  # suffixes of images, or of files that may hold one, that are not read here
    ".arw", ".bpg", ".cr2", ".cr3", ".dds", ".dng", ".eps", ".exr", ".hdr", ".heic", ".heif",
    ".hif", ".ico", ".j2k", ".jp2", ".jpf", ".jpx", ".jxl", ".nef", ".orf", ".pbm", ".pcx",
    ".pgm", ".pnm", ".ppm", ".psd", ".raf", ".raw", ".rw2", ".svg", ".tga", ".xcf",
)  # fmt: skip


def image_files(path: Path, suffixes: Sequence[str] = SUFFIXES) -> list[Path]:
    """The file itself, or the images of a folder, sorted by name.

    InputError if there is no such file or folder, or if the folder has no image.
    """
    if not path.is_dir():
        if not path.exists():
            raise InputError(f"there must be an image or a folder of images at {path}, got nothing")
        return [path]
    return images_among(path.iterdir(), path, suffixes)


def images_among(
    paths: Iterable[Path], origin: Path, suffixes: Sequence[str] = SUFFIXES
) -> list[Path]:
    """The images among paths, sorted; InputError if there is none (`origin` is for the message).

    Hidden files are left out: some systems keep notes on images in files with the same suffixes.
    """
    paths = list(paths)
    found = _of_kinds(paths, suffixes)
    if not found:
        unread = _of_kinds(paths, UNREAD)
        got = ", ".join(path.name for path in unread[:3]) or "none"
        raise InputError(f"{origin} must hold images ({', '.join(suffixes)}), got {got}")
    return found


def unread_among(paths: Iterable[Path]) -> dict[Path, str]:
    """Files that look like images but are of a kind that is not read, each with a sentence."""
    return {
        path: f"{path.suffix[1:].upper()} is not read here, got {path}; convert it to PNG"
        for path in _of_kinds(paths, UNREAD)
    }


def _of_kinds(paths: Iterable[Path], suffixes: Sequence[str]) -> list[Path]:
    return sorted(
        path
        for path in paths
        if path.suffix.lower() in suffixes and not path.name.startswith(".") and path.is_file()
    )
