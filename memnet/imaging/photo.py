"""A user's own photos in and out: colour, alpha and ICC profile, turned upright."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile

from memnet.errors import InputError
from memnet.files import atomic_path
from memnet.imaging.exif import exif_of
from memnet.imaging.io import guarded_image, stored_mode, turn_upright
from memnet.imaging.unrounded import NUMPY, holds_floats, read_plane_or_image, write_plane


class Photo(NamedTuple):
    """A grey or colour image with what belongs to it.

    Attributes
    ----------
    pixels : (H, W) grey or (H, W, 3) RGB, uint8; or a grey plane (H, W) float32 in units of
        255 = 1, which is neither rounded nor clipped
    alpha : (H, W) uint8, 255 where opaque; None where the image has none
    icc : bytes of the ICC profile that says what colours the pixels mean; None where it has none
    exif : bytes of its EXIF: who took it when, where and with what; no orientation, as the pixels
        are upright
    dpi : pixels an inch across and down
    """

    pixels: NDArray[Any]
    alpha: NDArray[np.uint8] | None
    icc: bytes | None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None


class PhotoSize(NamedTuple):
    """What the beginning of a file tells of a photo; sides as stored, perhaps not upright."""

    height: int
    width: int
    has_alpha: bool
    has_floats: bool = False


class _Kind(NamedTuple):
    """How one kind of file is written, and what it can hold."""

    format: str
    options: dict[str, Any]
    holds_alpha: bool
    longest_side: int
    holds_floats: bool = False


_JPEG = _Kind("JPEG", {"quality": 95, "subsampling": 0}, False, 65535)
_TIFF = _Kind("TIFF", {}, True, 2**31 - 1, holds_floats=True)
_KINDS = {
    ".png": _Kind("PNG", {}, True, 2**31 - 1),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".jfif": _JPEG,
    ".jpe": _JPEG,
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".webp": _Kind("WEBP", {"lossless": True, "exact": True}, True, 16383),
    ".bmp": _Kind("BMP", {}, False, 2**31 - 1),
    NUMPY: _Kind("NPY", {}, False, 2**31 - 1, holds_floats=True),
}
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")


def photo_size(path: str | Path, max_pixels: int | None = None) -> PhotoSize:
    """Size of a photo, without decoding it.

    Raises
    ------
    InputError : as `read_photo`, except that bytes further on may still turn out damaged
    """
    if Path(path).suffix.lower() == NUMPY or holds_floats(path, max_pixels):
        plane = read_plane_or_image(path, max_pixels)
        height, width = plane.shape[:2]
        return PhotoSize(height, width, has_alpha=False, has_floats=plane.dtype.kind == "f")
    with guarded_image(path, max_pixels=max_pixels) as image:
        _require_photo(image, Path(path))
        size = PhotoSize(image.height, image.width, image.has_transparency_data, False)
    return size


def read_photo(path: str | Path, max_pixels: int | None = None) -> Photo:
    """Photo of a file, upright: its EXIF orientation is applied.

    Palette images become RGB, 1-bit images grey, and a transparent colour an alpha channel. Of a
    JPEG with further pictures in it (a phone's depth or gain map), the first is read.

    Parameters
    ----------
    path : a file of `FORMATS` with 8 bits a channel or fewer, or a plane of floats
    max_pixels : the most that are decoded; None for Pillow's limit of 89 megapixels

    Raises
    ------
    InputError : no such file, not an image, damaged, too large to be safe, or of another kind
        (16-bit, CMYK, animated ...)
    """
    if Path(path).suffix.lower() == NUMPY or holds_floats(path, max_pixels):
        return Photo(read_plane_or_image(path, max_pixels), None, None)
    with guarded_image(path, max_pixels=max_pixels) as image:
        _require_photo(image, Path(path))
        icc = image.info.get("icc_profile") or None
        turn_upright(image)
        array = np.array(_plain(image))
        about = Photo(array, None, icc, exif_of(image), _dpi(image))
    if array.ndim == 2 or array.shape[2] == 3:
        return about
    pixels = array[..., 0] if array.shape[2] == 2 else array[..., :3]
    alpha = array[..., -1]
    return about._replace(pixels=pixels, alpha=alpha)


def _dpi(image: ImageFile) -> tuple[float, float] | None:
    dpi = image.info.get("dpi")
    if not isinstance(dpi, tuple) or len(dpi) != 2:
        return None
    across, down = (float(value) for value in dpi)
    return (across, down) if 1 < across < 1e6 and 1 < down < 1e6 else None  # 1 stands for nothing


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
    if size.has_floats and not kind.holds_floats:
        raise InputError(
            f"{path} must be .npy or .tiff, as the plane to be restored is: {kind.format} rounds"
        )
    if kind.format == "NPY" and not size.has_floats:
        raise InputError(f"{path} must be an image file, as the photo is: take .png")
    if max(size.height, size.width) > kind.longest_side:
        raise InputError(
            f"{path} must have sides of at most {kind.longest_side} pixels as {kind.format}, "
            f"got {size.width}x{size.height}: take .png"
        )


def write_photo(path: str | Path, photo: Photo) -> None:
    """Write a photo, atomically; the suffix says how.

    PNG, TIFF and BMP as they are; WebP without loss, grey as RGB; JPEG of quality 95 with full
    chroma. BMP keeps neither ICC profile nor EXIF, WebP no dpi. A plane of floats is kept as it is.

    Parameters
    ----------
    path : ends in .png, .jpg, .jpeg, .jfif, .jpe, .tif, .tiff, .webp or .bmp, for a plane of floats
        in .npy, .tif or .tiff; its folder is made when missing

    Raises
    ------
    InputError : another suffix, JPEG or BMP for a photo with alpha, or sides too long for the kind
    """
    height, width = photo.pixels.shape[:2]
    floats = photo.pixels.dtype != np.uint8
    require_storable(path, PhotoSize(height, width, photo.alpha is not None, floats))
    if floats:
        write_plane(path, photo.pixels)
        return
    kind = _KINDS[Path(path).suffix.lower()]
    image = Image.fromarray(np.ascontiguousarray(photo.pixels))
    if photo.alpha is not None:
        image.putalpha(Image.fromarray(np.ascontiguousarray(photo.alpha)))
    about = {"icc_profile": photo.icc, "exif": photo.exif, "dpi": photo.dpi}
    with atomic_path(path) as part:
        kept = {name: value for name, value in about.items() if value is not None}
        image.save(part, format=kind.format, **kind.options, **kept)
