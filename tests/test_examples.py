"""The scripts of examples/ do what they say."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from memnet.imaging.metrics import psnr

ROOT = Path(__file__).parent.parent


def example(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip


def test_a_network_that_does_nothing_scores_as_bicubic() -> None:
    done = example("examples/score_your_network.py", "--scale", "3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("mean  28.94 dB")  # as the laptop's input row


def test_a_compressed_photo_comes_out_better(tmp_path: Path) -> None:
    clean = skimage.data.camera()[100:228, 180:340]
    source, goal = tmp_path / "photo.jpg", tmp_path / "restored.png"
    Image.fromarray(clean).save(source, quality=10)
    done = example("examples/restore_a_photo.py", source, goal)
    assert done.returncode == 0, done.stderr
    before, after = (np.asarray(Image.open(path)) for path in (source, goal))
    assert (
        psnr(after, clean, border=0, data_range=255)
        > psnr(before, clean, border=0, data_range=255) + 0.3
    )


def test_a_photo_of_another_quality_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "photo.jpg"
    Image.fromarray(skimage.data.camera()).save(source, quality=90)
    done = example("examples/restore_a_photo.py", source, tmp_path / "restored.png")
    assert done.returncode == 1
    assert done.stderr.startswith("memnet-small-jpeg was trained for quality 10 and 20, not for 90")
