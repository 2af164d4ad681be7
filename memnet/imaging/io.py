"""Image files in and out: 8-bit grey or RGB, and nothing that would be converted in silence."""

import hashlib
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from memnet.errors import InputError
from memnet.files import atomic_path

# Named so that Pillow never hands a file to one of its rarer readers (EPS starts a program).
FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
SUFFIXES = (
    ".avif", ".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp",
)  # fmt: skip
LOSSY = ("AVIF", "JPEG", "MPO")
COPY_AGAIN = "copy it again from where it came"


def read_image(path: str | Path, *, min_side: int, remedy: str = COPY_AGAIN) -> NDArray[np.uint8]:
    """Pixels of an image file, turned upright as its EXIF orientation says, never converted.

    Parameters
    ----------
    path : a file of `FORMATS`, 8-bit grey or RGB, one frame
    min_side : least height and width accepted, in pixels
    remedy : what a user does about a damaged file

    Returns
    -------
    (H, W) or (H, W, 3) RGB, uint8 in [0, 255]

    Raises
    ------
    InputError : no such file, not an image, damaged, too large to be safe, smaller than
        `min_side`, or of another kind (palette, alpha, 16-bit, CMYK, animated ...)
    """
    with guarded_image(path, remedy=remedy) as image:
        require_one_frame(image, path)
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
        turn_upright(image)
        return np.array(image)


@contextmanager
def guarded_image(
    path: str | Path, *, remedy: str = COPY_AGAIN, max_pixels: int | None = None
) -> Iterator[ImageFile]:
    """Image of a file, opened but not yet decoded; decode it inside the block.

    `remedy` tells the user what to do about a damaged file. InputError if the file is missing, is
    not of `FORMATS`, has more than `max_pixels` (by default 89 million), or is damaged, even if
    that shows only in the block.
    """
    path, before = Path(path), Image.MAX_IMAGE_PIXELS
    if not path.is_file():
        raise InputError(f"image must be a file, got {path}, which does not exist or is a folder")
    if path.stat().st_size == 0:
        raise InputError(f"image must not be empty, got zero bytes in {path}; {remedy}")
    Image.MAX_IMAGE_PIXELS = limit = before if max_pixels is None else max_pixels
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
            f"image must have at most {limit} pixels, got more in {path}; crop it"
            + ("" if max_pixels is None else ", or allow more by --max-pixels")
        ) from None
    except UnidentifiedImageError:
        raise InputError(
            f"image must be one of {', '.join(FORMATS)}, got something else in {path}; "
            "convert it to PNG"
        ) from None
    except Exception as error:  # Pillow's readers raise a dozen kinds for damaged bytes
        raise InputError(
            f"image must be whole, got damaged bytes in {path} ({error}); {remedy}"
        ) from error
    finally:
        Image.MAX_IMAGE_PIXELS = before


def turn_upright(image: ImageFile) -> None:
    """Turn an image in place as its EXIF orientation says; unreadable EXIF says nothing."""
    if _orientation(image) != 1:
        ImageOps.exif_transpose(image, in_place=True)


def _orientation(image: ImageFile) -> int:
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # of damaged EXIF, which is no reason to lose the picture
        return 1
    return value if value in range(2, 9) else 1


class ImageFacts(NamedTuple):
    """What the header of an image file tells; height and width are of the upright image."""

    height: int
    width: int
    turned: bool  # an EXIF orientation turns or mirrors the stored pixels
    lossy: bool  # compressed with loss, as a JPEG is
    colour: bool  # there are several channels, or a palette


def image_facts(path: str | Path) -> ImageFacts:
    """Facts of an image file, without decoding it; errors are those of `guarded_image`."""
    with guarded_image(path) as image:
        orientation = _orientation(image)
        on_its_side = orientation >= 5 and image.format != "TIFF"  # of which Pillow tells it turned
        width, height = image.size[::-1] if on_its_side else image.size
        colour = image.mode not in ("1", "L", "LA", "F", "I;16")
        lossy = image.format in LOSSY or image.info.get("compression") in ("jpeg", "webp")
    if image.format == "WEBP":
        lossy = b"VP8 " in _riff_chunks(Path(path))  # VP8L is the kind without loss
    return ImageFacts(height, width, orientation != 1, lossy, colour)


def _riff_chunks(path: Path) -> set[bytes]:
    """Names of the chunks of a WebP file: after 12 bytes, name, size and content of each."""
    data, place, names = path.read_bytes(), 12, set()
    while place + 8 <= len(data):
        names.add(data[place : place + 4])
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8 + size + size % 2
    return names


def require_one_frame(image: ImageFile, path: str | Path) -> None:
    """Raise InputError unless an opened image is one frame: no animation, no pages."""
    frames = getattr(image, "n_frames", 1)
    if frames != 1:
        raise InputError(f"image must have 1 frame, got {frames} in {path}; save one of them")


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
    if (array.ndim != 2 and array.shape[2:] != (3,)) or array.size == 0:
        raise ValueError(f"array must be (H, W) or (H, W, 3), got {array.shape}")
    with atomic_path(path) as part:
        Image.fromarray(array).save(part, format="PNG")


def pixel_sha256(path: str | Path) -> str:
    """Hex SHA-256 of an image's decoded pixels, the same in every lossless format.

    The hash runs over `"{mode}:{width}x{height}:"` in ASCII, mode `L` or `RGB`, then the pixels in
    C order. Errors are those of `read_image`.
    """
    pixels = read_image(path, min_side=1)
    mode = "L" if pixels.ndim == 2 else "RGB"
    height, width = pixels.shape[:2]
    return hashlib.sha256(f"{mode}:{width}x{height}:".encode() + pixels.tobytes()).hexdigest()
