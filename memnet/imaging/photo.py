"""A user's own photos in and out: colour, alpha and ICC profile, turned upright."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from PIL.ImageFile import ImageFile

from memnet.errors import InputError
from memnet.files import atomic_path
from memnet.imaging.io import guarded_image, stored_mode


class Photo(NamedTuple):
    """A grey or colour image with what belongs to it.

    Attributes
    ----------
    pixels : (H, W) grey or (H, W, 3) RGB, uint8
    alpha : (H, W) uint8, 255 where opaque; None where the image has none
    icc : bytes of the ICC profile that says what colours the pixels mean; None where it has none
    """

    pixels: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    icc: bytes | None


class PhotoSize(NamedTuple):
    """What the beginning of a file tells of a photo; sides as stored, perhaps not upright."""

    height: int
    width: int
    has_alpha: bool


class _Kind(NamedTuple):
    """How one kind of file is written, and what it can hold."""

    format: str
    options: dict[str, Any]
    holds_alpha: bool
    longest_side: int


_JPEG = _Kind("JPEG", {"quality": 95, "subsampling": 0}, False, 65535)
_TIFF = _Kind("TIFF", {}, True, 2**31 - 1)
_KINDS = {
    ".png": _Kind("PNG", {}, True, 2**31 - 1),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".webp": _Kind("WEBP", {"lossless": True, "exact": True}, True, 16383),
    ".bmp": _Kind("BMP", {}, False, 2**31 - 1),
}
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")


def photo_size(path: str | Path) -> PhotoSize:
    """Size of a photo, without decoding it.

    Raises
    ------
    InputError : as `read_photo`, except that bytes further on may still turn out damaged
    """
    with guarded_image(path) as image:
        _require_photo(image, Path(path))
        size = PhotoSize(image.height, image.width, image.has_transparency_data)
    return size


def read_photo(path: str | Path) -> Photo:
    """Photo of a file, upright: its EXIF orientation is applied.

    Palette images become RGB, 1-bit images grey, and a transparent colour an alpha channel. Of a
    JPEG with further pictures in it (a phone's depth or gain map), the first is read.

    Parameters
    ----------
    path : a BMP, GIF, JPEG, PNG, TIFF or WebP file with 8 bits a channel or fewer

    Raises
    ------
    InputError : no such file, not an image, damaged, too large to be safe, or of another kind
        (16-bit, floating-point, CMYK, animated ...)
    """
    with guarded_image(path) as image:
        _require_photo(image, Path(path))
        icc = image.info.get("icc_profile") or None
        ImageOps.exif_transpose(image, in_place=True)
        array = np.array(_plain(image))
    if array.ndim == 2 or array.shape[2] == 3:
        return Photo(array, None, icc)
    pixels = array[..., 0] if array.shape[2] == 2 else array[..., :3]
    return Photo(pixels, array[..., -1], icc)


def _require_photo(image: ImageFile, path: Path) -> None:
    """Raise InputError unless the opened image is one photo with at most 8 bits a channel."""
    frames = getattr(image, "n_frames", 1)
    if frames != 1 and image.format != "MPO":
        raise InputError(f"image must have 1 frame, got {frames} in {path}; save one of them")
    stored = stored_mode(image)
    if image.mode not in _MODES or re.search(r";16[BLN]", stored):
        raise InputError(
            f"image must be grey, RGB or palette with 8 bits a channel, got {_in_words(stored)} "
            f"in {path}; convert it first and save it as PNG"
        )


def _in_words(mode: str) -> str:
    if mode.startswith("F"):
        return "floating-point values"
    if mode.startswith("I") or ";16" in mode:
        return "more than 8 bits"
    return mode


def _plain(image: Image.Image) -> Image.Image:
    """Image in mode L, LA, RGB or RGBA."""
    grey = image.mode in ("1", "L", "LA")
    mode = ("L" if grey else "RGB") + ("A" if image.has_transparency_data else "")
    return image if image.mode == mode else image.convert(mode)


def require_storable(path: str | Path, size: PhotoSize) -> None:
    """Raise InputError unless `write_photo` can write a photo of that size to that path."""
    path = Path(path)
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise InputError(f"an image file must end in one of {', '.join(_KINDS)}, got {path}")
    if size.has_alpha and not kind.holds_alpha:
        raise InputError(
            f"{path} must not be {kind.format}, which holds no alpha channel: the image has one, "
            "take .png"
        )
    if max(size.height, size.width) > kind.longest_side:
        raise InputError(
            f"{path} must have sides of at most {kind.longest_side} pixels as {kind.format}, "
            f"got {size.width}x{size.height}: take .png"
        )


def write_photo(path: str | Path, photo: Photo) -> None:
    """Write a photo, atomically; the suffix says how.

    PNG, TIFF and BMP as they are; WebP without loss, grey as RGB; JPEG of quality 95 with full
    chroma. BMP keeps no ICC profile.

    Parameters
    ----------
    path : ends in .png, .jpg, .jpeg, .tif, .tiff, .webp or .bmp; its folder is made when missing

    Raises
    ------
    InputError : another suffix, JPEG or BMP for a photo with alpha, or sides too long for the kind
    """
    height, width = photo.pixels.shape[:2]
    require_storable(path, PhotoSize(height, width, photo.alpha is not None))
    kind = _KINDS[Path(path).suffix.lower()]
    image = Image.fromarray(np.ascontiguousarray(photo.pixels))
    if photo.alpha is not None:
        image.putalpha(Image.fromarray(np.ascontiguousarray(photo.alpha)))
    icc = {} if photo.icc is None else {"icc_profile": photo.icc}
    with atomic_path(path) as part:
        image.save(part, format=kind.format, **kind.options, **icc)
