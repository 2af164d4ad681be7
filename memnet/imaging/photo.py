"""A user's own photos in and out: colour, alpha and ICC profile, turned upright."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from PIL.ImageFile import ImageFile

from memnet.errors import InputError
from memnet.files import atomic_path
from memnet.imaging.io import guarded_image, require_one_frame, stored_mode, turn_upright
from memnet.imaging.unrounded import NUMPY, is_array_file, read_plane_or_image, write_plane


class Photo(NamedTuple):
    """A grey or colour image with its metadata; None for what it does not have."""

    pixels: NDArray[Any]  # (H, W) or (H, W, 3) uint8, or a plane (H, W) float32 in units of 255 = 1
    alpha: NDArray[np.uint8] | None  # (H, W), 255 where opaque
    icc: bytes | None  # the colour profile
    exif: bytes | None = None  # without the orientation: the pixels are upright already
    dpi: tuple[float, float] | None = None  # pixels per inch, across and down


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


JPEG_SUFFIXES = (".jpg", ".jpeg", ".jfif", ".jpe")
_JPEG = _Kind("JPEG", {"quality": 95, "subsampling": 0}, False, 65535)
_KINDS = {
    ".png": _Kind("PNG", {}, True, 2**31 - 1),
    **dict.fromkeys(JPEG_SUFFIXES, _JPEG),
    **dict.fromkeys((".tif", ".tiff"), _Kind("TIFF", {}, True, 2**31 - 1, holds_floats=True)),
    ".webp": _Kind("WEBP", {"lossless": True, "exact": True}, True, 16383),
    ".bmp": _Kind("BMP", {}, False, 2**31 - 1),
    NUMPY: _Kind("NPY", {}, False, 2**31 - 1, holds_floats=True),
}
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")
KEPT_EXIF = (
    ExifTags.Base.ImageDescription, ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.Software,
    ExifTags.Base.DateTime, ExifTags.Base.Artist, ExifTags.Base.Copyright,
    ExifTags.Base.XResolution, ExifTags.Base.YResolution, ExifTags.Base.ResolutionUnit,
)  # fmt: skip
UNTRUE_EXIF = (  # sizes that restoring may change, and what points into the old file
    ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight, ExifTags.Base.MakerNote,
    ExifTags.Base.ExifInteroperabilityOffset,
)  # fmt: skip


def photo_size(path: str | Path, max_pixels: int | None = None) -> PhotoSize:
    """Size of a photo, without decoding it.

    Errors are those of `read_photo`, but damage further on in the file is not found.
    """
    if is_array_file(path, max_pixels):
        plane = read_plane_or_image(path, max_pixels)
        height, width = plane.shape[:2]
        return PhotoSize(height, width, has_alpha=False, has_floats=plane.dtype.kind == "f")
    with guarded_image(path, max_pixels=max_pixels) as image:
        _require_photo(image, path)
        return PhotoSize(image.height, image.width, image.has_transparency_data, False)


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
    if is_array_file(path, max_pixels):
        return Photo(read_plane_or_image(path, max_pixels), None, None)
    with guarded_image(path, max_pixels=max_pixels) as image:
        _require_photo(image, path)
        icc = image.info.get("icc_profile") or None
        turn_upright(image)
        grey, has_alpha = image.mode in ("1", "L", "LA"), image.has_transparency_data
        mode = ("L" if grey else "RGB") + ("A" if has_alpha else "")
        array = np.array(image if image.mode == mode else image.convert(mode))
        photo = Photo(array, None, icc, _exif(image), _dpi(image))
    if not has_alpha:
        return photo
    pixels = array[..., 0] if grey else array[..., :3]
    return photo._replace(pixels=pixels, alpha=array[..., -1])


def _exif(image: ImageFile) -> bytes | None:
    """Date, camera, settings, place and author: what stays true when pixels are restored.

    Left out are the orientation, sizes, thumbnails and the maker's own notes. None where there is
    none, or it is damaged.
    """
    try:
        stored, kept = image.getexif(), Image.Exif()
        kept.update({tag: stored[tag] for tag in KEPT_EXIF if tag in stored})
        parts = 0
        for part in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            values = {tag: v for tag, v in stored.get_ifd(part).items() if tag not in UNTRUE_EXIF}
            if values:
                kept.get_ifd(part).update(values)
                parts += 1
        return kept.tobytes() if len(kept) + parts else None
    except Exception:  # of damaged EXIF, which is no reason to lose the picture
        return None


def _dpi(image: ImageFile) -> tuple[float, float] | None:
    dpi = image.info.get("dpi")
    if not isinstance(dpi, tuple) or len(dpi) != 2:
        return None
    across, down = (float(value) for value in dpi)
    return (across, down) if 1 < across < 1e6 and 1 < down < 1e6 else None  # 1 stands for nothing


def _require_photo(image: ImageFile, path: str | Path) -> None:
    """Raise InputError unless the opened image is one photo with at most 8 bits a channel."""
    if image.format != "MPO":
        require_one_frame(image, path)
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
