"""The wheel, in an empty folder beside the packages that it depends on and no others."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

from tests.pipelines.test_bare import link_packages, needed

ROOT = Path(__file__).parent.parent
RESTORE = """
import memnet, numpy as np
from PIL import Image
image = np.asarray(Image.open("photo.png"))
for name, levels in memnet.networks().items():
    if name.startswith("memnet-"):
        [(task, known)] = levels.items()
        print(name, memnet.restore(image, name, known[0]).shape)
"""
PIPELINE = ("dvc", "mlflow", "matplotlib", "omegaconf", "sqlalchemy", "sklearn")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a photo; `packages` in it holds the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("bare")
    source = folder / "source"
    source.mkdir()
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "memnet", source / "memnet", ignore=skipped)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(source)], check=True)
    shutil.rmtree(source)
    link_packages(needed(["memnet"]) - {"memnet"}, folder / "packages")
    [wheel] = folder.glob("memnet-*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "packages")
    Image.fromarray(skimage.data.chelsea()[100:148, 100:160]).save(folder / "photo.png")
    return folder


def run(folder: Path, *arguments: str) -> str:
    """Output of Python with no packages but those of the folder (-S)."""
    done = subprocess.run(
        [sys.executable, "-S", *arguments], cwd=folder, capture_output=True, text=True,
        env={"PYTHONPATH": "packages", "OMP_NUM_THREADS": "1", "COLUMNS": "100"}, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_nothing_of_the_pipeline_is_needed(bare: Path) -> None:
    code = f"from importlib.util import find_spec; print(*map(find_spec, {PIPELINE}))"
    assert run(bare, "-c", code).split() == ["None"] * len(PIPELINE)


@pytest.mark.slow
def test_each_released_network_restores_from_python(bare: Path) -> None:
    assert run(bare, "-c", RESTORE) == (
        "memnet-small-denoise (48, 60, 3)\nmemnet-small-jpeg (48, 60, 3)\n"
        "memnet-small-sr (96, 120, 3)\n"
    )


@pytest.mark.slow
def test_the_command_restores_and_scores(bare: Path) -> None:
    said = run(bare, "-m", "memnet", "restore", "photo.png", "--scale", "3", "-o", "large.png")
    assert said.endswith("1 restored by memnet-small-sr: large.png\n")
    assert Image.open(bare / "large.png").size == (180, 144)
    run(bare, "-m", "memnet", "degrade", "bundled-test", "--scale", "3", "-o", "bicubic")
    shown = run(
        bare, "-m", "memnet", "score", "bicubic", "--scale", "3", "--dataset", "bundled-test"
    )
    assert shown.count("+0.00") == 6
