"""A project folder as `memnet` and the stages find one: a catalogue of small synthetic images."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memnet.data import catalog
from memnet.files import sha256_of
from memnet.imaging.io import pixel_sha256, write_png
from memnet.methods import networks, weights_file

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
    """Make `folder` a project, and the working folder.

    It knows the dataset `tiny` alone, and what lies under `weights` as released networks.
    """
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MEMNET_MIRROR", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for seed, name in enumerate(IMAGES):
        write_png(folder / f"images/tiny/{name}.png", smooth_image(seed))
    nothing = folder / ".nothing.yaml"
    nothing.write_text("{}")
    monkeypatch.setattr(catalog, "BUILT_IN", nothing)
    monkeypatch.setattr(networks, "FOLDERS", (Path("weights"), Path("results/methods")))
    monkeypatch.setattr(weights_file, "RELEASED", Path("weights"))
    (folder / "datasets/own/hashes").mkdir(parents=True)
    (folder / "datasets/own/registry.yaml").write_text(REGISTRY)
    (folder / "datasets/own/hashes/tiny.txt").write_text(
        "".join(
            f"{sha256_of(path)}  {pixel_sha256(path)}  {path.stat().st_size}  {path.name}\n"
            for path in sorted((folder / "images/tiny").iterdir())
        )
    )
    return folder
