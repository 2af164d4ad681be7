"""The planes of a dataset: what each task works on, before anything is degraded."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from memnet.data.catalog import load_catalog
from memnet.data.planes import dataset_planes
from memnet.errors import InputError
from memnet.imaging.io import write_png
from memnet.imaging.resize import imresize
from memnet.tasks import TASKS
from tests.projects import IMAGES, make_project, smooth_image

RAW = Path("images/tiny")
HALF = """
tiny-half:
  title: At half the size
  role: test
  parts: [tiny]
  resize: 0.7
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return make_project(tmp_path, monkeypatch)


def planes(task: str, dataset: str = "tiny") -> dict[str, np.ndarray]:
    return dict(dataset_planes(load_catalog(), dataset, RAW, TASKS[task]))


@pytest.mark.parametrize("task", TASKS)
def test_each_image_becomes_the_plane_of_its_task(task: str) -> None:
    found = planes(task)
    assert tuple(found) == IMAGES  # in the order of the catalogue
    for seed, plane in enumerate(found.values()):
        np.testing.assert_array_equal(plane, TASKS[task].plane(smooth_image(seed)))


def test_a_set_that_is_resized_is_resized_in_colour() -> None:
    registry = Path("datasets/own/registry.yaml")
    registry.write_text(registry.read_text() + HALF)
    found = planes("denoising", "tiny-half")
    for seed, plane in enumerate(found.values()):
        small = imresize(smooth_image(seed), 0.7, border="symmetric")
        np.testing.assert_array_equal(plane, TASKS["denoising"].plane(small))


def test_planes_are_read_one_by_one() -> None:
    found = dataset_planes(load_catalog(), "tiny", RAW, TASKS["denoising"])
    next(found)
    (RAW / "head.png").unlink()
    with pytest.raises(InputError, match=r"image must be a file, got images/tiny/head.png"):
        next(found)


@pytest.mark.parametrize(
    ("side", "mode", "sentence"),
    [(31, "L", "must be at least 32x32 pixels, got 31x31"), (40, "RGBA", "8-bit grey or RGB, got")],
)
def test_an_image_of_another_kind_is_refused(side: int, mode: str, sentence: str) -> None:
    Image.new(mode, (side, side)).save(RAW / "bird.png")
    with pytest.raises(InputError, match=f"{sentence}.*in images/tiny/bird.png"):
        planes("super_resolution")


def test_32_pixels_are_enough() -> None:
    write_png(RAW / "bird.png", np.zeros((32, 32), np.uint8))
    assert planes("super_resolution")["bird"].shape == (32, 32)
