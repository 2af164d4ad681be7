"""A project folder as `memnet` and the stages find one: a catalogue of small synthetic images."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memnet.files import sha256_of
from memnet.imaging.io import pixel_sha256, write_png

SIZE = (47, 56)  # height, width; neither is a multiple of 3
IMAGES = ("bird", "head")
REGISTRY = """\
# Images that the tests make.

tiny:
  title: Smooth synthetic images  # all in colour
  role: test
  count: 2
  licence: none needed
  citation: "made by the tests: nobody"
  sources:
    - folder: images/tiny
"""
TRACK = "--out results/track.json --metrics results/metrics --curves results/curves.csv"


def smooth_image(seed: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """RGB image (H, W, 3) of waves that are too fast to survive a degradation unharmed."""
    generator = np.random.RandomState(seed)
    y, x = np.mgrid[: size[0], : size[1]] / 4
    waves = [np.sin(a * x + b * y + c) for a, b, c in generator.uniform(-2, 2, (3, 3))]
    return np.uint8(127 + 90 * np.stack(waves, axis=-1))


def make_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make `folder` a project that holds the dataset `tiny`, and the working folder."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MEMNET_MIRROR", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for seed, name in enumerate(IMAGES):
        write_png(folder / f"images/tiny/{name}.png", smooth_image(seed))
    (folder / "datasets/hashes").mkdir(parents=True)
    (folder / "datasets/registry.yaml").write_text(REGISTRY)
    (folder / "datasets/hashes/tiny.txt").write_text(
        "".join(
            f"{sha256_of(path)}  {pixel_sha256(path)}  {path.stat().st_size}  {path.name}\n"
            for path in sorted((folder / "images/tiny").iterdir())
        )
    )
    return folder
