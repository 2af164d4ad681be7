import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from memnet.errors import InputError
from memnet.imaging.io import ImageFacts, image_facts, pixel_sha256, read_image, write_png

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (20, 24), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (20, 24, 3), dtype=np.uint8)


def encoded(array: np.ndarray, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, format=kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize("kind", ["BMP", "PNG", "TIFF"])
def test_reads_lossless_files_unchanged(tmp_path: Path, pixels: np.ndarray, kind: str) -> None:
    path = tmp_path / "image"
    path.write_bytes(encoded(pixels, kind))
    got = read_image(path, min_side=16)
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, pixels)


@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
def test_write_png_round_trip(tmp_path: Path, pixels: np.ndarray) -> None:
    write_png(tmp_path / "new" / "a.png", pixels)
    np.testing.assert_array_equal(read_image(tmp_path / "new/a.png", min_side=1), pixels)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]


@pytest.mark.parametrize(
    ("array", "error"),
    [
        (GREY.astype(np.float32), TypeError),
        (GREY.astype(np.int64), TypeError),
        (GREY[..., None], ValueError),
        (GREY[:0], ValueError),
    ],
)
def test_write_png_rounds_nothing(tmp_path: Path, array: np.ndarray, error: type) -> None:
    with pytest.raises(error, match="array must be"):
        write_png(tmp_path / "a.png", array)
    assert not list(tmp_path.iterdir())


def png_16_bit_rgb() -> bytes:
    """A PNG of 20x20 RGB pixels with 16 bits a channel, which Pillow can read but not write."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    rows = zlib.compress(b"".join(b"\0" + bytes(20 * 6) for _ in range(20)))
    header = struct.pack(">IIBBBBB", 20, 20, 16, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def converted(mode: str, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(COLOUR).convert(mode).save(stream, format=kind)
    return stream.getvalue()


def animated() -> bytes:
    stream = io.BytesIO()
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    frames[0].save(stream, format="GIF", save_all=True, append_images=frames[1:])
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (converted("P"), r'8-bit grey or RGB, got "P" in'),
        (converted("RGBA"), r'8-bit grey or RGB, got "RGBA" in'),
        (converted("LA"), r'8-bit grey or RGB, got "LA" in'),
        (converted("1"), r'8-bit grey or RGB, got "1(;\w+)?" in'),
        (converted("CMYK", "JPEG"), r'8-bit grey or RGB, got "CMYK" in'),
        (encoded(GREY.astype(np.uint16), "PNG"), r'8-bit grey or RGB, got "I;16B?" in'),
        (png_16_bit_rgb(), r'8-bit grey or RGB, got "RGB;16B" in'),
        (encoded(GREY.astype(np.float32), "TIFF"), r'8-bit grey or RGB, got "F(;\w+)?" in'),
        (animated(), r"1 frame, got 2 in"),
        (encoded(COLOUR, "PNG")[:-200], r"whole, got damaged bytes in"),
        (encoded(COLOUR, "JPEG")[:-200], r"whole, got damaged bytes in"),
        (encoded(COLOUR, "BMP")[:-200], r"whole, got damaged bytes in"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", r"one of AVIF, .*, got something else in"),
        (b"<html>404</html>", r"one of AVIF, .*, got something else in"),
        (b"", r"not be empty, got zero bytes in"),
        (encoded(GREY[:1, :1], "PNG"), r"at least 16x16 pixels, got 1x1 in"),
        (encoded(GREY[:15, :20], "PNG"), r"at least 16x16 pixels, got 20x15 in"),
    ],
)
def test_refuses_with_one_sentence(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "image.png"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"^image must (be|have)? ?{sentence}") as caught:
        read_image(path, min_side=16)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_refuses_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.png"):
        with pytest.raises(InputError, match="does not exist or is a folder"):
            read_image(path, min_side=1)


@pytest.mark.parametrize("limit", [GREY.size // 3, GREY.size - 1], ids=["error", "warning"])
def test_refuses_decompression_bombs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    write_png(tmp_path / "a.png", GREY)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(InputError, match=f"at most {limit} pixels, got more in"):
        read_image(tmp_path / "a.png", min_side=1)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_exif_orientation_is_applied(tmp_path: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its side
    path = tmp_path / "turned"
    path.write_bytes(encoded(COLOUR, kind, exif=exif.tobytes()))
    np.testing.assert_array_equal(read_image(path, min_side=1), np.rot90(COLOUR, -1))
    height, width = COLOUR.shape[:2]
    assert image_facts(path) == ImageFacts(width, height, True, False, True)


@pytest.mark.parametrize(
    ("kind", "options", "lossy"),
    [
        ("PNG", {}, False), ("BMP", {}, False), ("TIFF", {}, False),
        ("TIFF", {"compression": "jpeg"}, True), ("JPEG", {}, True), ("AVIF", {}, True),
        ("WEBP", {"lossless": True}, False), ("WEBP", {}, True),
        ("WEBP", {"icc_profile": b"x" * 5000}, True),
        ("WEBP", {"icc_profile": b"VP8 " * 2000, "lossless": True}, False),
    ],
)  # fmt: skip
def test_a_file_tells_whether_it_lost_something(
    tmp_path: Path, kind: str, options: dict, lossy: bool
) -> None:
    path = tmp_path / "image"
    path.write_bytes(encoded(COLOUR, kind, **options))
    assert image_facts(path).lossy == lossy


DAMAGEABLE = [
    encoded(COLOUR, "PNG"),
    encoded(COLOUR, "BMP"),
    encoded(COLOUR, "JPEG"),
    encoded(GREY, "TIFF"),
    animated(),
]


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow on damaged EXIF
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.sampled_from(DAMAGEABLE),
    place=st.floats(0, 1, exclude_max=True),
    byte=st.integers(0, 255),
    keep=st.floats(0, 1),
)
def test_damaged_bytes_give_pixels_or_an_input_error(
    tmp_path: Path, data: bytes, place: float, byte: int, keep: float
) -> None:
    damaged = bytearray(data)
    damaged[int(place * len(data))] = byte
    path = tmp_path / "damaged"
    path.write_bytes(damaged[: int(keep * len(data))])
    with contextlib.suppress(InputError):
        assert read_image(path, min_side=1).dtype == np.uint8


def test_pixel_hash_sees_pixels_and_not_containers(tmp_path: Path) -> None:
    for kind in ("PNG", "BMP", "TIFF"):
        (tmp_path / kind).write_bytes(encoded(COLOUR, kind))
    assert len({pixel_sha256(tmp_path / kind) for kind in ("PNG", "BMP", "TIFF")}) == 1
    changed = COLOUR.copy()
    changed[3, 4, 1] ^= 1
    write_png(tmp_path / "changed.png", changed)
    assert pixel_sha256(tmp_path / "changed.png") != pixel_sha256(tmp_path / "PNG")
    write_png(tmp_path / "wide.png", GREY.reshape(24, 20))
    write_png(tmp_path / "high.png", GREY)
    assert pixel_sha256(tmp_path / "wide.png") != pixel_sha256(tmp_path / "high.png")


def test_pixel_hash_golden(tmp_path: Path) -> None:
    # printf 'L:2x1:\000\377' | sha256sum   (GNU coreutils)
    write_png(tmp_path / "a.png", np.array([[0, 255]], dtype=np.uint8))
    assert (
        pixel_sha256(tmp_path / "a.png")
        == "43d655b9dee7bc377dc3c80dde63f949db09794f5fb62f29098ca4ff6023ee49"
    )
