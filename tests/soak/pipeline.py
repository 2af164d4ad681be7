"""The whole pipeline on three tiny photographs, in a repository of its own, run by `dvc repro`."""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from memnet.files import sha256_of
from memnet.imaging.io import pixel_sha256
from tests.pipelines.test_stages import PARAMS, smooth_image

ROOT = Path(__file__).parents[2]
COPIED = (
    "memnet", "params", "pipelines", "reports", "dvc.yaml", ".dvc/config", ".dvc/plots",
    ".dvcignore",
    "docs/frontier.csv",
)  # fmt: skip
IMAGES = {"tiny-train": "abc", "tiny-test": "ab"}
REGISTRY = """\
{name}:
  title: Smooth synthetic images
  role: {role}
  count: {count}
  licence: none needed
  citation: made by the test
  sources:
    - folder: images/{name}
"""
TIMES = {"created", "minutes", "seconds", "rendered", "git_commit", "git_dirty"}
"""What differs between two equal runs."""
DVC_REPRO = ("-m", "dvc", "repro")
RESULTS = ("datasets/raw", "datasets/pairs", "results", "reports/html", "mlflow.db", ".scratch")


def make_pipeline(folder: Path) -> Path:
    """A repository with the project's code, tiny images and a profile of 30 steps."""
    for name in COPIED:
        source, goal = ROOT / name, folder / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            skipped = shutil.ignore_patterns("__pycache__", "html", "*.lock")
            shutil.copytree(source, goal, ignore=skipped)
        else:
            shutil.copyfile(source, goal)
    registry = ""
    (folder / "datasets/own/hashes").mkdir(parents=True)
    for seed, (name, images) in enumerate(IMAGES.items()):
        lines = []
        for number, image in enumerate(images):
            path = folder / f"images/{name}/{image}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            smooth_image(number + 100 * seed).save(path)
            size = path.stat().st_size
            lines.append(f"{sha256_of(path)} {pixel_sha256(path)} {size} {path.name}\n")
        (folder / f"datasets/own/hashes/{name}.txt").write_text("".join(lines))
        role = name.removeprefix("tiny-")
        registry += REGISTRY.format(name=name, role=role, count=len(images))
    (folder / "datasets/own/registry.yaml").write_text(registry)
    (folder / "params.yaml").write_text(PARAMS)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Environment in which `python` and `dvc` are those that run the tests."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MEMNET", "MLFLOW"))
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return inherited | {"PATH": path, "PYTHONPATH": str(folder), **more}


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start Python in a process group of its own; its output is one stream."""
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env=environment(folder), start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def repro(folder: Path) -> "subprocess.Popen[str]":
    """Start `dvc repro`."""
    return start(folder, *DVC_REPRO)


def finish(process: "subprocess.Popen[str]") -> str:
    """Wait for a run that must succeed; what it said."""
    said, _ = process.communicate()
    assert process.returncode == 0, said[-4000:]
    return said


def start_over(folder: Path) -> None:
    """Forget every result, and DVC's cache with them."""
    for name in (*RESULTS, "dvc.lock", ".dvc/cache", ".dvc/tmp", "reports/summary.csv"):
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def outcome(folder: Path) -> dict[str, str]:
    """Hash of every result, apart from what tells the time."""
    files = [
        path
        for name in ("datasets/pairs", "datasets/raw", "results")
        for path in (folder / name).rglob("*")
    ]
    files += [folder / "reports/summary.csv", folder / "reports/html/claims.csv"]
    return {
        str(path.relative_to(folder)): hashlib.sha256(_timeless(path)).hexdigest()
        for path in sorted(files)
        if path.is_file()
    }


def _timeless(path: Path) -> bytes:
    if path.suffix == ".json":
        return json.dumps(_without_times(json.loads(path.read_text()))).encode()
    if path.suffix == ".csv":
        with path.open(newline="") as stream:
            rows = [
                {key: value for key, value in row.items() if key not in TIMES}
                for row in csv.DictReader(stream)
            ]
        return json.dumps(rows).encode()
    return path.read_bytes()


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_times(one) for key, one in value.items() if key not in TIMES}
    if isinstance(value, list):
        return [_without_times(one) for one in value]
    return value
