"""A project of images that are made up, as large as one likes: what growth is measured on."""

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from ruamel.yaml import YAML

from memnet.data.adding import add_dataset
from memnet.data.catalog import load_catalog
from memnet.files import write_json
from memnet.imaging.io import write_png
from memnet.params.composing import compose

NAME = "made"
"""Of the dataset, its benchmark and the first method."""
SIDE = 96
"""Pixels a side of an image."""
_BLUR = "import cv2\n\n\ndef blur(plane):\n    return cv2.blur(plane, (5, 5))\n"


def make_project(folder: Path, root: Path, images: int) -> None:
    """Make a folder a project: one benchmark for denoising, and a blur as the method on it.

    Parameters
    ----------
    root : the repository, whose profile `laptop` gives the settings that do not matter here
    images : how many the dataset holds
    """
    for number in range(images):
        write_png(folder / f"images/{number:06}.png", smooth_image(number, SIDE))
    with contextlib.chdir(folder):
        add_dataset(
            NAME, Path("images"), load_catalog(), role="test", title="Made up",
            licence="none needed", citation="memnet bench growth", progress=lambda *_: None,
        )  # fmt: skip
    (folder / "blurring.py").write_text(_BLUR)
    _write_params(folder, root, [NAME])


def smooth_image(seed: int, side: int) -> Any:
    """RGB image (side, side, 3) in uint8, which a blur can rid of noise."""
    coarse = np.random.RandomState(seed).randint(256, size=(6, 6, 3), dtype=np.uint8)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_LINEAR)


def multiply_results(folder: Path, root: Path, methods: int) -> None:
    """Let a project that was evaluated have so many methods, each with the results of the first."""
    names = [NAME, *(f"{NAME}-{number}" for number in range(1, methods))]
    for name in names[1:]:
        for results in ("methods", "evaluate"):
            goal = folder / "results" / results / name
            if not goal.exists():
                shutil.copytree(folder / "results" / results / NAME, goal)
                _rename_method(goal, name)
    _write_params(folder, root, names)


def _rename_method(results: Path, name: str) -> None:
    for path in results.rglob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        if "method" in record:
            write_json(path, record | {"method": name})
    for path in results.rglob("rows.csv"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(f"\n{NAME},", f"\n{name},"), encoding="utf-8")


def _write_params(folder: Path, root: Path, methods: list[str]) -> None:
    params = YAML(typ="safe").load(compose("laptop", root / "params"))
    nothing: dict[str, list[str]] = {"methods": [], "benchmarks": []}
    blur = {"kind": "callable", "callable": "blurring:blur", "parallel": False}
    benchmark = {
        "task": "denoising", "dataset": NAME, "levels": [30, 50, 70], "seeds": [0],
        "tiling": "whole", "showcase": {"image": "000000", "top": 0, "left": 0, "size": 64},
    }  # fmt: skip
    params |= {
        "profile": "growth", "budget": "nothing is trained", "datasets": [NAME],
        "benchmarks": {NAME: benchmark}, "released": [], "tables": {},
        **{section: {} for section in ("training_sets", "networks", "recipes", "experiments")},
        "methods": {name: blur | {"tasks": {"denoising": [30, 50, 70]}} for name in methods},
        "grid": {
            "super_resolution": nothing, "jpeg_deblocking": nothing,
            "denoising": {"methods": methods, "benchmarks": [NAME]},
        },
    }  # fmt: skip
    params["calibration"]["noise_psnr"] = 1.0  # of few small images the mean is uncertain
    write_json(folder / "params.yaml", params)  # JSON is YAML
