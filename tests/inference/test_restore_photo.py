"""Photos restored tile by tile: exact where a network returns its input, and as the whole."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from memnet.errors import InputError
from memnet.imaging.photo import Photo, write_photo
from memnet.imaging.resize import imresize
from memnet.imaging.rounding import to_uint8
from memnet.inference import photo as module
from memnet.inference.photo import restore_photo
from memnet.models.config import (
    ArcnnConfig,
    Initialization,
    LapsrnConfig,
    MemNetConfig,
    NetworkConfig,
    VdsrConfig,
)
from memnet.models.network import Network, build_network

CPU = torch.device("cpu")
RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (33, 26, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (33, 26), dtype=np.uint8)
ALPHA = RNG.integers(0, 256, (33, 26), dtype=np.uint8)
PHOTOS = [Photo(COLOUR, None, b"profile"), Photo(GREY, ALPHA, None), Photo(COLOUR, ALPHA, None)]
each_photo = pytest.mark.parametrize("photo", PHOTOS, ids=["RGB", "LA", "RGBA"])


def memnet(initialization: Initialization) -> MemNetConfig:
    return MemNetConfig(
        num_memory_blocks=2, num_recursions=1, num_features=4, multi_supervised=True,
        long_term=True, short_term=True, initialization=initialization,
    )  # fmt: skip


def vdsr(initialization: Initialization) -> VdsrConfig:
    return VdsrConfig(depth=5, num_features=4, initialization=initialization)


def built(config: NetworkConfig) -> Network:
    torch.manual_seed(0)
    return build_network(config).eval()


@each_photo
@pytest.mark.parametrize(
    "config", [memnet("zero_residual"), vdsr("zero_residual")], ids=lambda c: c.kind
)
@pytest.mark.parametrize(("task", "level"), [("denoising", 25), ("jpeg_deblocking", 10)])
@pytest.mark.parametrize("tile", [0, 16])
def test_a_network_that_changes_nothing_gives_the_same_photo(
    photo: Photo, config: NetworkConfig, task: str, level: int, tile: int
) -> None:
    got = restore_photo(photo, built(config), task=task, level=level, tile=tile, device=CPU)
    np.testing.assert_array_equal(got.pixels, photo.pixels)
    assert got.alpha is photo.alpha and got.icc == photo.icc
    assert got.pixels.dtype == np.uint8


@each_photo
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("tile", [0, 40])
def test_and_when_enlarging_matlabs_bicubic_of_each_channel(
    photo: Photo, scale: int, tile: int
) -> None:
    network = built(vdsr("zero_residual"))
    got = restore_photo(photo, network, task="super_resolution", level=scale, tile=tile, device=CPU)
    weights = np.ones(photo.pixels.shape)
    if photo.alpha is not None:
        weights *= photo.alpha.reshape(*photo.alpha.shape, *[1] * (photo.pixels.ndim - 2)) / 255
    total = imresize(weights, scale, border="symmetric")
    seen = total > 0.2  # below, the quotient of two small numbers is clipped
    exact = imresize(photo.pixels * weights, scale, border="symmetric")[seen] / total[seen]
    assert got.pixels.shape == total.shape and got.pixels.dtype == np.uint8
    # Single precision may turn a half either way.
    assert np.abs(got.pixels[seen] - np.clip(exact, 0, 255)).max() < 0.501
    assert (got.pixels[seen] == to_uint8(exact)).mean() > 0.98
    assert got.icc == photo.icc and (got.alpha is None) == (photo.alpha is None)
    if got.alpha is not None:
        alpha = imresize(photo.alpha, scale, border="symmetric")
        assert np.abs(got.alpha.astype(int) - alpha).max() <= 1
        assert (got.alpha == alpha).mean() > 0.999


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("hidden", [0, 255])
@pytest.mark.parametrize(
    "config", [vdsr("zero_residual"), memnet("zero_residual")], ids=lambda c: c.kind
)
def test_what_is_transparent_leaves_no_rim(config: NetworkConfig, scale: int, hidden: int) -> None:
    """A disc of one colour stays of that colour, whatever stands behind its edge."""
    y, x = np.mgrid[:40, :44]
    distance = np.hypot(y - 20, x - 22)
    alpha = to_uint8(255 * np.clip(14.5 - distance, 0, 1))
    for pixels in (np.full((40, 44), 200, np.uint8), np.full((40, 44, 3), (200, 90, 40), np.uint8)):
        colour = pixels[0, 0].copy()
        pixels[alpha == 0] = hidden
        photo = Photo(pixels, alpha, None)
        got = restore_photo(
            photo, built(config), task="super_resolution", level=scale, tile=30, device=CPU
        )
        assert got.alpha is not None
        assert np.abs(got.pixels[got.alpha > 0].astype(int) - colour).max() <= 1
        same = restore_photo(photo, built(config), task="denoising", level=30, device=CPU)
        np.testing.assert_array_equal(same.pixels, pixels)


@pytest.mark.parametrize(("task", "level"), [("denoising", 30), ("super_resolution", 2)])
def test_a_plane_of_floats_is_neither_rounded_nor_clipped(task: str, level: int) -> None:
    plane = RNG.normal(0.5, 0.7, (40, 44)).astype(np.float32)
    got = restore_photo(Photo(plane, None, None), built(vdsr("zero_residual")), task=task,
                        level=level, tile=0, device=CPU)  # fmt: skip
    scale = level if task == "super_resolution" else 1
    expected = plane if scale == 1 else imresize(plane, scale, border="symmetric")
    assert got.pixels.dtype == np.float32
    np.testing.assert_allclose(got.pixels, expected, atol=1e-6)


def assert_nearly_equal(got: Photo, expected: Photo) -> None:
    difference = np.abs(got.pixels.astype(int) - expected.pixels)
    assert difference.max() <= 1 and (difference > 0).mean() < 0.005


@pytest.mark.parametrize("config", [memnet("official"), vdsr("official")], ids=lambda c: c.kind)
@pytest.mark.parametrize(
    ("task", "level"), [("denoising", 25), ("super_resolution", 2), ("super_resolution", 3)]
)
def test_tiled_is_whole(config: NetworkConfig, task: str, level: int) -> None:
    network, photo = built(config), Photo(COLOUR, None, None)
    whole = restore_photo(photo, network, task=task, level=level, tile=0, device=CPU)
    tiled = restore_photo(photo, network, task=task, level=level, tile=14 * level, device=CPU)
    assert_nearly_equal(tiled, whole)


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_a_network_that_enlarges_by_itself_is_given_the_photo_as_it_is(scale: int) -> None:
    network = built(LapsrnConfig(scales=[2, 4, 8], convs_per_level=2, num_features=4))
    photo = Photo(GREY, np.maximum(ALPHA, 1), None)
    whole, tiled = (
        restore_photo(photo, network, task="super_resolution", level=scale, tile=t, device=CPU)
        for t in (0, 14 * scale)
    )
    assert_nearly_equal(tiled, whole)
    with torch.no_grad():
        plane = torch.from_numpy(np.float32(GREY / 255.0))[None, None]
        expected = network.at_level(scale)(plane)[0, 0].numpy()
    np.testing.assert_array_equal(whole.pixels, to_uint8(255 * expected))
    assert module._context(network, scale) == network.config.receptive_field // 2


@pytest.mark.parametrize("corner", [0, 2], ids=["top left", "bottom right"])
@pytest.mark.parametrize(
    ("task", "level"), [("denoising", 25), *(("super_resolution", s) for s in (2, 3, 4))]
)
def test_the_farthest_pixel_that_a_network_sees_is_right(
    task: str, level: int, corner: int
) -> None:
    """The network adds to each pixel the one in the corner of its receptive field, undimmed."""
    # Every scale divides 12, so that no rounding up of the context helps.
    network = built(VdsrConfig(depth=12, num_features=1, initialization="official"))
    for name, parameter in network.named_parameters():
        parameter.data.zero_()
        if name.endswith("weight"):
            parameter.data[0, 0, corner, corner] = 1.0
    photo = Photo(GREY // 3, None, None)
    whole, tiled = (
        restore_photo(photo, network, task=task, level=level, tile=t, device=CPU) for t in (0, 12)
    )
    assert_nearly_equal(tiled, whole)
    assert whole.pixels.max() > GREY.max() // 3 + 20  # it does add


def test_luminance_alone_is_restored_and_not_rounded_before() -> None:
    seen = []

    def spy(network: object, plane: np.ndarray, **options: object) -> np.ndarray:
        seen.append(plane)
        return np.float32(plane + 10 / 255)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "restore", spy)
        got = restore_photo(
            Photo(COLOUR // 2 + 40, None, None), built(vdsr("zero_residual")),
            task="denoising", level=25, tile=0, device=CPU,
        )  # fmt: skip
    exact = (16 + (COLOUR // 2 + 40) @ np.array([65.481, 128.553, 24.966]) / 255) / 255
    np.testing.assert_allclose(seen[0], exact, rtol=0, atol=1e-7)
    # Ten codes of luminance are 10 * 255 / 219 of each colour, as chroma stays.
    np.testing.assert_array_equal(got.pixels, to_uint8(COLOUR // 2 + 40 + 10 * 255 / 219))


def test_reports_every_tile() -> None:
    calls: list[tuple[int, int]] = []
    restore_photo(
        PHOTOS[0], built(vdsr("zero_residual")), task="super_resolution", level=2, tile=32,
        device=CPU, report=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    assert calls == [(n, 6) for n in range(1, 7)]  # 66 x 52 pixels: 3 x 2 tiles of up to 32


@pytest.mark.parametrize(
    ("config", "changes", "sentence"),
    [
        (vdsr("zero_residual"), {"level": 0}, r"sigma of denoising must be in \[1, 255\], got 0"),
        (vdsr("zero_residual"), {"task": "art"}, "task must be one of .* got 'art'"),
        (vdsr("zero_residual"), {"tile": -1}, "tile must be at least 1, or 0 for the whole image"),
        (ArcnnConfig(qualities=[10]), {"task": "jpeg_deblocking", "level": 20}, "level of Arcnn"),
        (LapsrnConfig(scales=[2], convs_per_level=1, num_features=4),
         {"task": "super_resolution", "level": 3}, "level of Lapsrn must be one of 2"),
    ],
)  # fmt: skip
def test_refuses(config: NetworkConfig, changes: dict, sentence: str) -> None:
    options = {"task": "denoising", "level": 25, "tile": 0, "device": CPU} | changes
    with pytest.raises(InputError, match=f"^{sentence}"):
        restore_photo(PHOTOS[0], built(config), **options)


def test_output_must_be_finite() -> None:
    network = built(vdsr("zero_residual"))
    network.convs[-1].bias.data.fill_(float("nan"))
    with pytest.raises(InputError, match="output must be finite"):
        restore_photo(PHOTOS[0], network, task="denoising", level=25, device=CPU)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("a fault of ours"), False),
    ],
)
def test_too_little_memory_is_told(
    monkeypatch: pytest.MonkeyPatch, error: Exception, told: bool
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(module, "restore", failing)
    with pytest.raises(InputError if told else RuntimeError) as caught:
        restore_photo(
            PHOTOS[0], built(vdsr("zero_residual")), task="denoising", level=25, device=CPU
        )
    if told:
        assert str(caught.value) == (
            "memory must hold the restored image of 26x33 pixels and its tiles of 192, but does "
            "not: give a smaller tile or image"
        )


CHILD = """
import sys, torch
from pathlib import Path
from memnet.imaging.photo import read_photo, write_photo
from memnet.inference.photo import restore_photo
from memnet.models.config import MemNetConfig
from memnet.models.network import build_network

source, goal, task, level = sys.argv[1:]
config = MemNetConfig(
    num_memory_blocks=3, num_recursions=3, num_features=16, multi_supervised=True,
    long_term=True, short_term=True, initialization="zero_residual",
)
restored = restore_photo(
    read_photo(source), build_network(config).eval(), task=task, level=int(level),
    device=torch.device("cpu"),
)
write_photo(goal, restored)
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read in /proc")
@pytest.mark.parametrize(("task", "level"), [("jpeg_deblocking", 10), ("super_resolution", 2)])
def test_a_photo_of_12_megapixels_needs_less_than_2_gigabytes(
    tmp_path: Path, task: str, level: int
) -> None:
    y, x = np.mgrid[:3000, :4000]
    pixels = np.stack([y * x // 977 % 256, (x + y) // 28, (x // 16 + y // 12) % 256], axis=-1)
    write_photo(tmp_path / "photo.png", Photo(pixels.astype(np.uint8), None, None))
    arguments = [str(tmp_path / "photo.png"), str(tmp_path / "out.png"), task, str(level)]
    # Not ru_maxrss: Linux hands a child the peak of the process that started it.
    child = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments], capture_output=True, text=True, check=True
    )
    print(f"{task}: peak {int(child.stdout) / 2**20:.2f} GiB")
    assert int(child.stdout) * 1024 < 2e9
