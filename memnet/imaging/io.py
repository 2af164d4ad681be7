"""Image files in and out: 8-bit grey or RGB, and nothing that would be converted in silence."""

import hashlib
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from memnet.errors import InputError
from memnet.files import atomic_path

# Named so that Pillow never hands a file to one of its rarer readers (EPS starts a program).
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
SUFFIXES = (".bmp", ".gif", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")


def read_image(path: str | Path, *, min_side: int) -> NDArray[np.uint8]:
    """Pixels of an image file as they are stored, never converted.

    An EXIF orientation is NOT applied: the published numbers belong to the stored pixels.

    Parameters
    ----------
    path : a BMP, GIF, JPEG, PNG, TIFF or WebP file, 8-bit grey or RGB, one frame
    min_side : least height and width accepted, in pixels

    Returns
    -------
    (H, W) or (H, W, 3) RGB, uint8 in [0, 255]

    Raises
    ------
    InputError : no such file, not an image, damaged, too large to be safe, smaller than
        `min_side`, or of another kind (palette, alpha, 16-bit, CMYK, animated ...)
    """
    with guarded_image(path) as image:
        _require_plain(image, Path(path), min_side)
        pixels: NDArray[np.uint8] = np.array(image)
    return pixels


@contextmanager
def guarded_image(path: str | Path) -> Iterator[ImageFile]:
    """Image of a file, opened but not yet decoded; decode it inside the block.

    Raises
    ------
    InputError : no such file, not of `FORMATS`, damaged (also when the block finds out), or too
        large to be safe
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"image must be a file, got {path}, which does not exist or is a folder")
    if path.stat().st_size == 0:
        raise InputError(f"image must not be empty, got zero bytes in {path}; fetch it again")
    try:
        with warnings.catch_warnings():
            # Pillow only warns up to twice its limit; half a bomb is refused as well.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                yield image
    except (InputError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(
            f"image must have at most {Image.MAX_IMAGE_PIXELS} pixels, got more in {path}; crop it"
        ) from None
    except UnidentifiedImageError:
        raise InputError(
            f"image must be one of {', '.join(FORMATS)}, got something else in {path}"
        ) from None
    except Exception as error:  # Pillow's readers raise a dozen kinds for damaged bytes
        raise InputError(
            f"image must be whole, got damaged bytes in {path} ({error}); fetch it again"
        ) from error


def _require_plain(image: ImageFile, path: Path, min_side: int) -> None:
    """Raise InputError unless the opened image is one frame of 8-bit grey or RGB, large enough."""
    frames = getattr(image, "n_frames", 1)
    if frames != 1:
        raise InputError(f"image must have 1 frame, got {frames} in {path}; save one of them")
    if (mode := stored_mode(image)) not in ("L", "RGB"):
        raise InputError(
            f'image must be 8-bit grey or RGB, got "{mode}" in {path}; '
            "convert it first and save it as PNG"
        )
    if min(image.size) < min_side:
        raise InputError(
            f"image must be at least {min_side}x{min_side} pixels, "
            f"got {image.width}x{image.height} in {path}"
        )


def stored_mode(image: ImageFile) -> str:
    """Pillow's mode, or the mode in the file (`RGB;16B`) where a channel has not 8 bits there.

    Pillow cuts 16-bit RGB down to 8 bits unasked and calls it `RGB`.
    """
    stored = image.tile[0].args if image.tile else None
    if isinstance(stored, tuple):
        stored = stored[0] if stored else None
    return stored if isinstance(stored, str) and re.search(r";\d", stored) else image.mode


def write_png(path: str | Path, array: NDArray[np.uint8]) -> None:
    """Write a (H, W) grey or (H, W, 3) RGB uint8 array as PNG, atomically.

    Raises
    ------
    TypeError, ValueError : the array has another type or shape; nothing is rounded or clipped here
    """
    if array.dtype != np.uint8:
        raise TypeError(f"array must be uint8, got {array.dtype}")
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)) or array.size == 0:
        raise ValueError(f"array must be (H, W) or (H, W, 3), got {array.shape}")
    with atomic_path(path) as part:
        Image.fromarray(array).save(part, format="PNG")


def pixel_sha256(path: str | Path) -> str:
    """Hex SHA-256 of an image's decoded pixels, the same for every lossless container of them.

    The hash runs over `"{mode}:{width}x{height}:"` in ASCII, mode `L` or `RGB`, then the pixels in
    C order.

    Raises
    ------
    InputError : as `read_image`
    """
    pixels = read_image(path, min_side=1)
    mode = "L" if pixels.ndim == 2 else "RGB"
    height, width = pixels.shape[:2]
    return hashlib.sha256(f"{mode}:{width}x{height}:".encode() + pixels.tobytes()).hexdigest()
