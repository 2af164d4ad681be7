"""Stage reuse: what it lays out, and what it says of a network that is not there."""

from pathlib import Path

import pandas as pd
import pytest

from memnet.files import sha256_of
from memnet.models.memnet import MemNet
from memnet.results.run_record import HISTORY_COLUMNS, read_record
from pipelines import reuse
from tests.models.memnet_twin import config
from tests.records import write_trained

KEPT = "weights/kept"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A released network."""
    monkeypatch.chdir(tmp_path)
    folder = Path(KEPT)
    folder.mkdir(parents=True)
    tasks = {"denoising": [50]}
    write_trained(folder, MemNet(config(2, 1, 3)), "before", "denoising", tasks=tasks)
    curve = pd.DataFrame([[1.0] * len(HISTORY_COLUMNS)], columns=HISTORY_COLUMNS)
    curve.to_csv(folder / "history.csv")
    return folder


def reused(release: str) -> int:
    return reuse.main(["--release", release, "--out", "results/methods/kept"])


def test_a_released_network_is_laid_out_like_a_trained_one(kept: Path) -> None:
    assert reused(KEPT) == 0
    record = read_record(Path("results/methods/kept"))
    assert (record.method, record.released) == ("kept", KEPT)
    assert record.tasks == {"denoising": [50]}
    assert record.method_sha256 == sha256_of(kept / "model.safetensors")


def test_a_damaged_one_leaves_what_was_there(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reused(KEPT) == 0
    before = Path("results/methods/kept/model.safetensors").read_bytes()
    (kept / "model.safetensors").write_bytes(before[:-1])
    capsys.readouterr()
    assert reused(KEPT) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: {KEPT}/model.safetensors ") and error.count("\n") == 1
    assert Path("results/methods/kept/model.safetensors").read_bytes() == before


def test_none_of_that_name_is_told(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reused("weights/none") == 1
    assert capsys.readouterr().err.startswith("error: weights/none/run.json is missing")
