"""Photos in and out: what is kept, what is turned, and what is refused in one sentence."""

import contextlib
import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms

from memnet.errors import InputError
from memnet.imaging.photo import (
    Photo,
    PhotoSize,
    photo_size,
    read_photo,
    require_storable,
    write_photo,
)

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (20, 24), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (20, 24, 3), dtype=np.uint8)
ALPHA = RNG.integers(0, 256, (20, 24), dtype=np.uint8)
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION = 0x0112


def assert_same(got: Photo, expected: Photo) -> None:
    for one, other in zip(got, expected, strict=True):
        assert (one is None) == (other is None)
        if isinstance(other, np.ndarray):
            assert one.dtype == np.uint8
            np.testing.assert_array_equal(one, other)
        else:
            assert one == other


@pytest.mark.parametrize(
    ("suffix", "alpha"),
    [(".bmp", None), *((s, a) for s in (".png", ".tif", ".TIFF", ".webp") for a in (None, ALPHA))],
)
@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
def test_lossless_files_keep_everything(
    tmp_path: Path, suffix: str, pixels: np.ndarray, alpha: np.ndarray | None
) -> None:
    photo = Photo(pixels, alpha, None if suffix == ".bmp" else ICC)
    path = tmp_path / "new" / f"photo{suffix}"
    write_photo(path, photo)
    if suffix == ".webp" and pixels.ndim == 2:  # has no grey
        photo = photo._replace(pixels=np.dstack([pixels] * 3))
    got = read_photo(path)
    assert_same(got._replace(dpi=None) if suffix == ".bmp" else got, photo)  # BMP always has one
    assert [found.name for found in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
def test_jpeg_keeps_the_kind_and_the_profile(tmp_path: Path, pixels: np.ndarray) -> None:
    smooth = cv2.GaussianBlur(pixels, (0, 0), 3)
    write_photo(tmp_path / "photo.jpg", Photo(smooth, None, ICC))
    got = read_photo(tmp_path / "photo.jpg")
    assert got.pixels.shape == smooth.shape and got.icc == ICC
    assert np.abs(got.pixels.astype(int) - smooth).max() <= 8


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_and_gone(tmp_path: Path, orientation: int, kind: str) -> None:
    # As the standard defines the tag: where the stored first row and first column belong.
    upright = {
        1: COLOUR, 2: COLOUR[:, ::-1], 3: COLOUR[::-1, ::-1], 4: COLOUR[::-1],
        5: COLOUR.swapaxes(0, 1), 6: COLOUR[::-1].swapaxes(0, 1),
        7: COLOUR[::-1, ::-1].swapaxes(0, 1), 8: COLOUR[:, ::-1].swapaxes(0, 1),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.fromarray(COLOUR).save(tmp_path / "turned", format=kind, exif=exif, icc_profile=ICC)
    photo = read_photo(tmp_path / "turned")
    assert_same(photo, Photo(upright, None, ICC))
    write_photo(tmp_path / "upright.tif", photo)
    with Image.open(tmp_path / "upright.tif") as image:
        assert image.getexif().get(ORIENTATION, 1) == 1
    assert_same(read_photo(tmp_path / "upright.tif"), photo)


DATE, CAMERA = "2020:01:02 03:04:05", "Camera of a brand"


@pytest.mark.parametrize("goal", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_date_camera_place_and_dpi_are_kept(tmp_path: Path, kind: str, goal: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[ExifTags.Base.Model] = 6, CAMERA
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = DATE
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExifImageWidth] = 24
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    image = Image.fromarray(cv2.GaussianBlur(COLOUR, (0, 0), 3))
    image.save(tmp_path / "photo", format=kind, exif=exif.tobytes(), dpi=(300, 300))
    photo = read_photo(tmp_path / "photo")
    write_photo(tmp_path / f"out{goal}", photo)
    with Image.open(tmp_path / f"out{goal}") as out:
        assert out.size == (20, 24)  # upright
        got = out.getexif()
        inner = got.get_ifd(ExifTags.IFD.Exif)
        assert got[ExifTags.Base.Model] == CAMERA and got.get(ORIENTATION, 1) == 1
        assert inner[ExifTags.Base.DateTimeOriginal] == DATE
        assert ExifTags.Base.ExifImageWidth not in inner
        assert got.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] == "N"
        if "WEBP" not in (kind, out.format):
            assert out.info["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_damaged_exif_loses_no_picture(tmp_path: Path) -> None:
    image = Image.fromarray(COLOUR)
    image.save(tmp_path / "a.png", exif=b"Exif\0\0MM\0*\0\0\0\xff" + b"\1" * 40)
    got = read_photo(tmp_path / "a.png")
    np.testing.assert_array_equal(got.pixels, COLOUR)
    assert got.exif is None


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format=kind, **options)
    return stream.getvalue()


PALETTE = Image.fromarray(COLOUR).quantize(16)
TWO = Image.fromarray(GREY).convert("1")
TWO_GREY = np.array(TWO.convert("L"))
CLEAR = np.where(np.equal(COLOUR, COLOUR[3, 4]).all(axis=2), 0, 255).astype(np.uint8)
CLEAR_GREY = np.where(np.equal(GREY, GREY[3, 4]), 0, 255).astype(np.uint8)
CLEAR_INDEX = np.where(np.array(PALETTE) == 5, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("data", "pixels", "alpha"),
    [
        (saved(PALETTE), np.array(PALETTE.convert("RGB")), None),
        (saved(PALETTE, bits=4), np.array(PALETTE.convert("RGB")), None),
        (saved(PALETTE, "GIF"), np.array(PALETTE.convert("RGB")), None),
        (saved(PALETTE, transparency=5), np.array(PALETTE.convert("RGB")), CLEAR_INDEX),
        (saved(TWO), TWO_GREY, None),
        (saved(TWO, "TIFF"), TWO_GREY, None),
        (saved(TWO, transparency=255), TWO_GREY, 255 - TWO_GREY),
        (saved(Image.fromarray(GREY), transparency=int(GREY[3, 4])), GREY, CLEAR_GREY),
        (saved(Image.fromarray(COLOUR), transparency=tuple(COLOUR[3, 4].tolist())), COLOUR, CLEAR),
    ],
    ids=["palette", "4-bit", "gif", "clear index", "1-bit", "1-bit tiff", "clear bit",
         "clear grey", "clear colour"],
)  # fmt: skip
def test_other_kinds_become_grey_or_rgb(
    tmp_path: Path, data: bytes, pixels: np.ndarray, alpha: np.ndarray | None
) -> None:
    (tmp_path / "image").write_bytes(data)
    got = read_photo(tmp_path / "image")
    np.testing.assert_array_equal(got.pixels, pixels)
    assert (got.alpha is None) == (alpha is None)
    if alpha is not None:
        np.testing.assert_array_equal(got.alpha, alpha)
    assert photo_size(tmp_path / "image") == PhotoSize(20, 24, alpha is not None)


def test_the_first_picture_of_a_phone_is_the_photo(tmp_path: Path) -> None:
    first, depth = Image.fromarray(COLOUR), Image.fromarray(255 - COLOUR)
    (tmp_path / "a.jpg").write_bytes(saved(first, "MPO", save_all=True, append_images=[depth]))
    (tmp_path / "b.jpg").write_bytes(saved(first, "JPEG"))
    assert_same(read_photo(tmp_path / "a.jpg"), read_photo(tmp_path / "b.jpg"))


def deep(channels: int, suffix: str) -> bytes:
    """An image with 16 bits in each of its channels."""
    image = np.dstack([GREY.astype(np.uint16) * 257] * channels)
    return bytes(cv2.imencode(suffix, image)[1])


ANIMATED = saved(
    Image.fromarray(GREY), "GIF", save_all=True, append_images=[Image.new("L", (24, 20))]
)
PAGES = saved(Image.fromarray(GREY), "TIFF", save_all=True, append_images=[Image.fromarray(GREY)])
NAN = saved(Image.fromarray(np.full((20, 24), np.nan, np.float32)), "TIFF")
BITS = r"grey, RGB or palette with 8 bits a channel, got "


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        *((deep(n, ".png"), BITS + "more than 8 bits in") for n in (1, 3, 4)),
        *((deep(n, ".tiff"), BITS + "more than 8 bits in") for n in (1, 3, 4)),
        (saved(Image.fromarray(COLOUR).convert("CMYK"), "JPEG"), BITS + "CMYK in"),
        (saved(Image.fromarray(COLOUR).convert("LAB"), "TIFF"), BITS + "LAB in"),
        (NAN, BITS + "floating-point values in"),
        (ANIMATED, "1 frame, got 2 in"),
        (PAGES, "1 frame, got 2 in"),
        (saved(Image.fromarray(COLOUR))[:-200], "whole, got damaged bytes in"),
        (saved(Image.fromarray(COLOUR), "JPEG")[:-200], "whole, got damaged bytes in"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", r"one of AVIF, .*, got something else in"),
        (b"", "not be empty, got zero bytes in"),
    ],
)
def test_refuses_with_one_sentence(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "image.png"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"^image must (be|have)? ?{sentence}") as caught:
        read_photo(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_refuses_decompression_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_photo(tmp_path / "a.png", Photo(GREY, None, None))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", GREY.size - 1)
    for read in (read_photo, photo_size):
        with pytest.raises(InputError, match=f"at most {GREY.size - 1} pixels, got more in"):
            read(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("name", "size", "sentence"),
    [
        ("a.jpg", PhotoSize(9, 9, True), "a.jpg must not be JPEG, which holds no alpha channel"),
        ("a.BMP", PhotoSize(9, 9, True), "a.BMP must not be BMP, which holds no alpha channel"),
        ("a.gif", PhotoSize(9, 9, False), "an image file must end in one of .png, .jpg,"),
        ("a", PhotoSize(9, 9, False), "an image file must end in one of .png, .jpg,"),
        ("a.webp", PhotoSize(9, 16384, False), "a.webp must have sides of at most 16383 pixels"),
        ("a.jpeg", PhotoSize(65536, 9, False), "a.jpeg must have sides of at most 65535 pixels"),
    ],
)
def test_refuses_what_a_file_cannot_hold(name: str, size: PhotoSize, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        require_storable(name, size)
    assert str(caught.value).startswith(sentence)


def test_writes_nothing_that_it_refuses(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no alpha channel"):
        write_photo(tmp_path / "a.jpg", Photo(COLOUR, ALPHA, None))
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow on damaged EXIF
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.sampled_from([saved(PALETTE, transparency=5), saved(TWO, "TIFF"), ANIMATED,
                          saved(Image.fromarray(COLOUR), "WEBP"),
                          saved(Image.fromarray(COLOUR), "JPEG", icc_profile=ICC)]),
    place=st.floats(0, 1, exclude_max=True),
    byte=st.integers(0, 255),
    keep=st.floats(0, 1),
)  # fmt: skip
def test_damaged_bytes_give_a_photo_or_an_input_error(
    tmp_path: Path, data: bytes, place: float, byte: int, keep: float
) -> None:
    damaged = bytearray(data)
    damaged[int(place * len(data))] = byte
    (tmp_path / "damaged").write_bytes(damaged[: int(keep * len(data))])
    with contextlib.suppress(InputError):
        assert read_photo(tmp_path / "damaged").pixels.dtype == np.uint8
