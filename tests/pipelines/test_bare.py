"""What docs/gpu.md says of a borrowed machine: only the packages that it names, two sittings."""

import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from memnet.data.pack import write_pack
from memnet.data.pairs import PairFolder
from pipelines import train
from tests.pipelines.test_pieces import METHOD, ROOT, degraded, one_thread, shortened
from tests.pipelines.test_stages import TRAIN, project, run

__all__ = ["one_thread", "project"]
PAGE = (ROOT / "docs/gpu.md").read_text()


def needed(names: list[str]) -> set[str]:
    """Packages with all that they require in turn, without extras."""
    found: set[str] = set()
    while names:
        name = canonicalize_name(names.pop())
        if name not in found:
            found.add(name)
            wanted = map(Requirement, distribution(name).requires or [])
            names += [r.name for r in wanted if not r.marker or r.marker.evaluate({"extra": ""})]
    return found


def link_packages(names: set[str], folder: Path) -> None:
    """Make a folder of links to what these packages consist of, and to nothing else."""
    folder.mkdir()
    for package in map(distribution, names):
        tops = {file.parts[0] for file in package.files or []} - {"..", "__pycache__"}
        for top in tops:
            if not (folder / top).exists():
                (folder / top).symlink_to(Path(str(package.locate_file(top))).resolve())


@pytest.mark.slow
def test_a_machine_with_the_named_packages_trains_in_two_sittings(project: Path) -> None:
    asked = re.findall(r"(?:--find-links wheels|\\\n ) (numpy .+)", PAGE)
    assert len(asked) == 2 and len(set(asked)) == 1, "what is carried is what is installed"
    degraded()
    shortened(project, steps=3)
    there = project / "there"
    there.mkdir()
    link_packages(needed([*asked[0].split(), "torch"]), there / "packages")
    for part in ("memnet", "pipelines"):
        (there / part).symlink_to(ROOT / part)
    (there / "params.yaml").write_text((project / "params.yaml").read_text())
    write_pack(there / "set.pack", PairFolder("datasets/pairs/denoise-tiny-train"))
    command = [
        sys.executable, "-S", "-m", "pipelines.train", *TRAIN.split(), "--pairs", "set.pack",
        "--checkpoint", "carried.checkpoint",
    ]  # fmt: skip
    for more, code in ((["--minutes", "1e-9"], 75), ([], 0)):  # -S: no packages but those linked
        sitting = subprocess.run(
            command + more, cwd=there, env={"PYTHONPATH": "packages", "OMP_NUM_THREADS": "1"},
            capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert sitting.returncode == code, sitting.stderr
    assert {file.name for file in (there / METHOD).iterdir()} == {
        "history.csv", "run.json", "model.safetensors"
    }  # fmt: skip
    run(train.main, TRAIN)
    ours, theirs = (folder / METHOD / "model.safetensors" for folder in (project, there))
    assert theirs.read_bytes() == ours.read_bytes()
