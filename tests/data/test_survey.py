"""A dataset described: its hash knows a scene again, and its sheet shows it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from memnet.data.catalog import load_catalog
from memnet.data.survey import (
    SCENE_BITS,
    SHEET_COLUMNS,
    THUMBNAIL,
    contact_sheet,
    difference_hash,
    survey,
    thumbnail,
)
from memnet.errors import InputError
from memnet.files import sha256_of
from tests.projects import IMAGES, SIZE, make_project, smooth_image


def bits(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> int:
    return (difference_hash(a) ^ difference_hash(b)).bit_count()


def natural(seed: int) -> NDArray[np.uint8]:
    """An image of noise with the spectrum of photographs, RGB."""
    rng = np.random.default_rng(seed)
    y, x = np.meshgrid(np.fft.fftfreq(160), np.fft.fftfreq(200), indexing="ij")
    amplitude = 1 / np.maximum(np.hypot(y, x), 1 / 200)
    planes = [np.fft.ifft2(amplitude * np.fft.fft2(rng.normal(size=x.shape))).real for _ in "rgb"]
    image = np.stack(planes, axis=-1)
    return np.uint8(np.clip(127 + 40 * image / image.std(), 0, 255))


def test_the_hash_has_256_bits_of_left_against_right() -> None:
    ramp = np.tile(np.arange(0, 255, 5, dtype=np.uint8), (40, 1))
    assert difference_hash(ramp) == 2**256 - 1
    assert difference_hash(ramp[:, ::-1]) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda image: cv2.resize(image, (140, 112), interpolation=cv2.INTER_CUBIC),
        lambda image: cv2.imdecode(cv2.imencode(".jpg", image, [1, 30])[1], 1),
        lambda image: cv2.cvtColor(image, cv2.COLOR_RGB2GRAY),
    ],
    ids=["shrunk", "compressed", "grey"],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_scene_is_known_again(change: object, seed: int) -> None:
    image = natural(seed)
    assert bits(image, change(image)) < SCENE_BITS  # type: ignore[operator]


def test_other_scenes_are_not_taken_for_the_same() -> None:
    images = [natural(seed) for seed in range(8)]
    found = [bits(a, b) for i, a in enumerate(images) for b in images[:i]]
    assert min(found) > 2 * SCENE_BITS


def test_a_thumbnail_is_the_middle_square() -> None:
    image = np.zeros((THUMBNAIL, 3 * THUMBNAIL), dtype=np.uint8)
    image[:, THUMBNAIL : 2 * THUMBNAIL] = 200
    assert thumbnail(image).shape == (THUMBNAIL, THUMBNAIL, 3)
    assert np.all(thumbnail(image) == 200)


@pytest.mark.parametrize(("count", "rows", "columns"), [(1, 1, 1), (10, 1, 10), (11, 2, 10)])
def test_a_sheet_has_every_thumbnail_in_its_place(count: int, rows: int, columns: int) -> None:
    tiles = [np.full((THUMBNAIL, THUMBNAIL, 3), i, dtype=np.uint8) for i in range(count)]
    sheet = contact_sheet(tiles)
    assert sheet.shape == (rows * THUMBNAIL, columns * THUMBNAIL, 3)
    for i in range(count):
        y, x = divmod(i, SHEET_COLUMNS)
        assert np.all(sheet[y * THUMBNAIL, x * THUMBNAIL] == i)
    assert count % columns == 0 or np.all(sheet[-1, -1] == 255)


def test_a_dataset_is_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_project(tmp_path, monkeypatch)
    about, sheet = survey(load_catalog(), "tiny", Path("images/tiny"))
    assert (about["dataset"], about["role"], about["count"]) == ("tiny", "test", 2)
    assert about["sources"] == ["folder: images/tiny"]
    assert list(about["images"]) == list(IMAGES)
    for seed, name in enumerate(IMAGES):
        image = about["images"][name]
        assert (image["height"], image["width"]) == SIZE
        assert int(image["hash"], 16) == difference_hash(smooth_image(seed))
        assert about["files"][f"{name}.png"] == sha256_of(f"images/tiny/{name}.png")
    assert sheet is not None and sheet.shape == (THUMBNAIL, 2 * THUMBNAIL, 3)


def test_an_image_that_is_missing_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_project(tmp_path, monkeypatch)
    Path("images/tiny/head.png").unlink()
    with pytest.raises((InputError, OSError), match=r"head\.png"):
        survey(load_catalog(), "tiny", Path("images/tiny"))


@pytest.mark.mirror
def test_what_the_hash_finds_on_the_images_of_the_paper(mirror: Path) -> None:
    """The woman of Set5 is an image of BSDS500 train, shrunk; T91 holds one image twice."""

    def hashes(folder: str) -> dict[str, int]:
        paths = sorted(p for p in (mirror / folder).rglob("*") if p.suffix in {".bmp", ".jpg"})
        images = {p.stem: cv2.imread(str(p)) for p in paths}
        return {n: difference_hash(cv2.cvtColor(i, cv2.COLOR_BGR2RGB)) for n, i in images.items()}

    train = hashes("bsds500/train") | hashes("t91")
    test = hashes("set5")
    assert len(train) == 291 and len(test) == 5
    same = [(a, b) for a in train for b in test if (train[a] ^ test[b]).bit_count() < SCENE_BITS]
    assert same == [("302003", "woman_GT")]
    assert (train["t36"] ^ train["t65"]).bit_count() < SCENE_BITS
