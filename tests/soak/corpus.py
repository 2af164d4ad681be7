"""Files that nobody should be given, by name."""

import io
import pickle
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tests.projects import smooth_image

RGB = smooth_image(0)
GREY = RGB[..., 0]
MARK = "was-run"
"""File that a pickle writes into the working folder if anything ever loads it."""


class _Pickled:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path(MARK),))


PICKLE = pickle.dumps(_Pickled())


def _encoded(array: np.ndarray, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, format=kind, **options)
    return stream.getvalue()


def _converted(mode: str, kind: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(RGB).convert(mode).save(stream, format=kind)
    return stream.getvalue()


def _frames(kind: str) -> bytes:
    stream = io.BytesIO()
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    frames[0].save(stream, format=kind, save_all=True, append_images=frames[1:])
    return stream.getvalue()


def _png(width: int, height: int, depth: int, colour: int, data: bytes) -> bytes:
    """A PNG with the header as asked, whatever its data."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def _text_bomb() -> bytes:
    """A PNG whose comment inflates to 256 MiB."""
    good = _encoded(GREY, "PNG")
    content = b"Comment\0\0" + zlib.compress(bytes(2**28), 9)
    check = struct.pack(">I", zlib.crc32(b"zTXt" + content))
    return good[:33] + struct.pack(">I", len(content)) + b"zTXt" + content + check + good[33:]


WHOLE = {
    "png": _encoded(RGB, "PNG"),
    "grey png": _encoded(GREY, "PNG"),
    "jpeg": _encoded(RGB, "JPEG"),
    "bmp": _encoded(RGB, "BMP"),
    "gif": _encoded(GREY, "GIF"),
    "tiff": _encoded(RGB, "TIFF"),
    "webp": _encoded(RGB, "WEBP"),
}


def bad_images() -> Iterator[tuple[str, bytes]]:
    """Images that are damaged, of another kind, or made to hurt."""
    yield "zero bytes", b""
    yield "text", b"<html>404</html>"
    yield "postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"
    yield "svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield "pickle", PICKLE
    yield "16-bit grey", _encoded(GREY.astype(np.uint16) * 257, "PNG")
    yield "16-bit colour", _png(20, 20, 16, 2, zlib.compress((b"\0" + bytes(120)) * 20))
    yield "float tiff", _encoded(GREY.astype(np.float32), "TIFF")
    yield "NaN tiff", _encoded(np.full(GREY.shape, np.nan, np.float32), "TIFF")
    yield "cmyk", _converted("CMYK", "JPEG")
    yield "cmyk tiff", _converted("CMYK", "TIFF")
    yield "lab tiff", _converted("LAB", "TIFF")
    yield "palette", _converted("P", "PNG")
    yield "one bit", _converted("1", "PNG")
    yield "alpha", _converted("RGBA", "PNG")
    yield "grey and alpha", _converted("LA", "PNG")
    for kind in ("GIF", "TIFF", "WEBP", "PNG"):
        yield f"animated {kind.lower()}", _frames(kind)
    yield "one pixel", _encoded(GREY[:1, :1], "PNG")
    yield "one row", _encoded(GREY[:1], "PNG")
    yield "bomb", _png(30000, 30000, 8, 0, zlib.compress(bytes(2**20), 9))
    yield "huge header", _png(2**31 - 1, 2**31 - 1, 8, 2, zlib.compress(b"\0"))
    yield "empty header", _png(0, 0, 8, 2, zlib.compress(b"\0"))
    yield "no pixels", _png(64, 64, 8, 2, zlib.compress(b""))
    yield "comment bomb", _text_bomb()
    for name, data in WHOLE.items():
        for share in (0.02, 0.3, 0.7, 0.98):
            yield f"{name} cut at {share:.0%}", data[: int(len(data) * share)]
        yield f"{name} with a tail", data + PICKLE


def damaged(data: bytes, generator: np.random.RandomState) -> bytes:
    """A few bytes changed, or a piece lost, doubled or put at the end."""
    changed = bytearray(data)
    for _ in range(generator.randint(1, 6)):
        changed[generator.randint(len(changed))] = generator.randint(256)
    first, last = sorted(generator.randint(len(changed), size=2))
    match generator.randint(5):
        case 0:
            del changed[first:last]
        case 1:
            changed[first:first] = changed[first:last]
        case 2:
            changed = changed[:last]
    return bytes(changed)


NAMES = (
    "it's.png", 'say "hi".png', "new\nline.png", "tab\there.png", "..png", "...png", "a b  c.png",
    "[bold]x[/bold].png", "[a].png", "-o.png", "--help.png", "$(touch was-run).png", "%s%n.png",
    "`touch was-run`.png", "{0}.png", "*.png", "?.png", "<script>alert(1)<∕script>.png", "雪.png",
    "naïve.png", "🎈.png", "\u202egnp.exe.png", "a" * 240 + ".png", "b\udcff.png", "=1+1.png",
    "\x1b[31mred.png", "CON.png", ".hidden.png", "a;b,c.png", "a\\b.png",
)  # fmt: skip
"""Names that a file can have here, and that something may trip over."""


SCALARS = (
    "", "null", "~", "-1", "0", "1e400", ".nan", ".inf", "true", "[]", "{}", "[[[]]]", "0x10",
    '"\\u0000"', '"\\n"', "2024-01-01", "9" * 400, "*alias", "&a [*a]", "!!binary AAAA", "<<: {}",
    "!!python/object/apply:pathlib.Path.touch [was-run]", "'../../../etc/passwd'", "/etc/passwd",
    "'${x}'", "'{{7*7}}'", "2024-13-45", "!!bool x", "!!int x", "9" * 5000, "[" * 10_000, "? [a]",
)  # fmt: skip
"""What may stand in YAML where something else should."""
