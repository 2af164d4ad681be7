"""Planes in files that do not round: NumPy's `.npy`, and TIFF of floating-point values."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from memnet.errors import InputError
from memnet.files import atomic_path
from memnet.imaging.io import COPY_AGAIN, SUFFIXES, guarded_image, read_image

NUMPY = ".npy"
TIFF = (".tif", ".tiff")
BRIGHTEST = 4.0  # in units of 255 = 1; the median of a plane in the strongest noise lies below 1
PLANE_SUFFIXES = (*SUFFIXES, NUMPY)  # of every file that may hold an image or a plane


def is_array_file(path: str | Path, max_pixels: int | None = None) -> bool:
    """Whether a file is a NumPy array or a TIFF of floats; errors are those of `guarded_image`."""
    suffix = Path(path).suffix.lower()
    if suffix not in TIFF:
        return suffix == NUMPY
    with guarded_image(path, max_pixels=max_pixels) as image:
        return image.mode == "F"


def read_plane_or_image(path: str | Path, max_pixels: int | None = None) -> NDArray[Any]:
    """A plane (H, W) float32 in units of 255 = 1 as `write_plane` writes it, or an 8-bit image.

    InputError if the file is missing or damaged, is neither one plane of floats nor an 8-bit image,
    or holds NaN, infinity or values in other units. `max_pixels` is that of `guarded_image`.
    """
    path = Path(path)
    if not is_array_file(path, max_pixels):
        return read_image(path, min_side=1)
    if path.suffix.lower() in TIFF:
        with guarded_image(path, max_pixels=max_pixels) as image:
            plane = np.array(image)
    else:
        plane = _numpy_array(path)
        if plane.dtype == np.uint8 and (plane.ndim == 2 or plane.shape[2:] == (3,)) and plane.size:
            return np.array(plane)
    if plane.ndim != 2 or plane.dtype.kind != "f" or plane.size == 0:
        raise InputError(
            f"{path} must hold one plane (height, width) of floats in units of 255 = 1, got "
            f"{plane.dtype} of the shape {plane.shape}"
        )
    if not np.isfinite(plane).all():
        raise InputError(f"{path} must hold finite values, got NaN or infinity")
    if np.median(np.abs(plane)) > BRIGHTEST:
        raise InputError(
            f"{path} must be in units of 255 = 1, got values up to {plane.max():.0f}, which look "
            "like grey levels 0 .. 255: divide them by 255"
        )
    return plane.astype(np.float32)


def _numpy_array(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, allow_pickle=False, mmap_mode="r")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except (OSError, ValueError, EOFError) as error:
        whole = path.read_bytes()[:6] == b"\x93NUMPY" and not re.search("pickle|object", str(error))
        reason = "it is cut short" if whole else "it is something else, or holds objects"
        raise InputError(
            f"{path} must be a NumPy array of numbers saved by numpy.save, but {reason}; "
            f"{COPY_AGAIN}"
        ) from None
    if not isinstance(array, np.ndarray):
        raise InputError(f"{path} must hold one array, got an archive of several")
    return array


def write_plane(path: str | Path, plane: NDArray[np.float32]) -> None:
    """Write a plane (H, W) in units of 255 = 1 as it is, atomically, to .npy, .tif or .tiff."""
    suffix = Path(path).suffix.lower()
    assert suffix == NUMPY or suffix in TIFF, path
    single = np.ascontiguousarray(plane, dtype=np.float32)
    with atomic_path(path) as part:
        if suffix == NUMPY:
            np.save(part, single, allow_pickle=False)
        else:
            Image.fromarray(single).save(part, format="TIFF")
