"""Released networks: what their card says, and that they come back as methods of the pipeline."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

from memnet.cli import app
from memnet.errors import InputError
from memnet.files import read_json, write_json
from memnet.methods import networks
from memnet.methods.networks import find_network
from memnet.methods.released import write_release
from memnet.models.network import build_network
from memnet.models.saved import WEIGHTS
from memnet.results.networks import read_network, reuse_release
from memnet.results.rows import ROW_COLUMNS, write_rows
from memnet.results.run_record import HISTORY, HISTORY_COLUMNS, read_history, read_record
from tests import records
from tests.training.tiny import MEMNET

METHOD = Path("results/methods/mine")
RELEASED = Path("weights/mine")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(networks, "FOLDERS", (Path("weights"), Path("results/methods")))
    write_trained(seed=0)


def write_trained(*, seed: int, **changes: object) -> None:
    """A trained network in the pipeline."""
    torch.manual_seed(seed)
    METHOD.mkdir(parents=True, exist_ok=True)
    learned = {"dataset": "bundled-train"}
    records.write_trained(
        METHOD, build_network(MEMNET), "mine", "denoising", training_set=learned, **changes
    )
    pd.DataFrame([[1.0] * len(HISTORY_COLUMNS)], columns=HISTORY_COLUMNS).to_csv(METHOD / HISTORY)


def write_scores(dataset: str, *, psnr: float, weights: str | None = None) -> None:
    """Rows of the method, and of its input 2 dB below, on two images and two draws of noise."""
    run = read_json(METHOD / "run.json")
    evaluated = Path("results/evaluate/mine") / f"denoise-{dataset}"
    for folder, method, mean in (
        (evaluated, "mine", psnr),
        (Path("results/calibrate") / evaluated.name, "input", psnr - 2),
    ):
        rows = [
            (method, "denoising", 30, dataset, image, seed, mean + offset + seed, 0.9, 0.1)
            for image, offset in (("bird", -1), ("head", 1))
            for seed in (0, 1)
        ]
        folder.mkdir(parents=True, exist_ok=True)
        write_rows(folder / "rows.csv", pd.DataFrame(rows, columns=ROW_COLUMNS))
    about = {"method_sha256": weights or run["method_sha256"], "tiling": "whole"}
    write_json(evaluated / "evaluation.json", about)


def release() -> list[dict[str, object]]:
    return write_release(METHOD, Path("results"), RELEASED)


def fault(call: object) -> str:
    with pytest.raises(InputError) as error:
        call()  # type: ignore[operator]
    assert "\n" not in str(error.value)
    return str(error.value)


def test_the_card_is_the_record_with_its_scores() -> None:
    write_scores("s14", psnr=27.0)
    release()
    card, run = read_json(RELEASED / "run.json"), read_json(METHOD / "run.json")
    assert card.pop("scores") == [
        {
            "dataset": "s14", "level": 30, "tiling": "whole", "num_images": 2, "num_seeds": 2,
            "psnr": 27.5, "ssim": 0.9, "input_psnr": 25.5, "input_ssim": 0.9,
        }
    ]  # fmt: skip
    assert card == {key: value for key, value in run.items() if key != "scores"}
    for name in (WEIGHTS, HISTORY):
        assert (RELEASED / name).read_bytes() == (METHOD / name).read_bytes()


def test_the_same_weights_gather_scores_and_others_start_anew() -> None:
    write_scores("s14", psnr=27.0)
    release()
    shutil.rmtree("results/evaluate")
    write_scores("bsd200", psnr=26.0)
    assert [score.dataset for score in release()] == ["bsd200", "s14"]
    write_trained(seed=1)
    assert fault(release) == (
        "mine must have been evaluated before it is released: add it to the grid, "
        "then run `dvc repro`"
    )
    write_scores("set12", psnr=25.0)
    assert [score.dataset for score in release()] == ["set12"]


def test_scores_of_other_weights_are_left_out() -> None:
    write_scores("s14", psnr=27.0, weights="0" * 64)
    assert "must have been evaluated" in fault(release)
    assert not RELEASED.exists()


def test_only_what_was_trained_here_is_released() -> None:
    write_trained(seed=0, kind="converted")
    write_scores("s14", psnr=27.0)
    assert fault(release) == (
        "results/methods/mine must hold a network that was trained here, got converted"
    )


@pytest.mark.parametrize("name", [WEIGHTS, HISTORY])
def test_a_damaged_network_is_not_released(name: str) -> None:
    write_scores("s14", psnr=27.0)
    (METHOD / name).write_bytes(b"half")
    assert str(METHOD / name) in fault(release)
    assert not RELEASED.exists()


def test_a_release_is_a_method_of_the_pipeline() -> None:
    write_scores("s14", psnr=27.0)
    release()
    folder = Path("results/methods/theirs")
    folder.mkdir()
    renamed = RELEASED.rename("weights/theirs")
    reuse_release(renamed, folder)
    record = read_record(folder)
    assert (record.method, record.kind, record.released) == ("theirs", "trained", "weights/theirs")
    ours, theirs = (read_network(f).state_dict() for f in (METHOD, folder))
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in ours.items())
    pd.testing.assert_frame_equal(read_history(folder), read_history(METHOD))


def test_there_is_no_such_release() -> None:
    assert fault(lambda: reuse_release(Path("weights/none"), METHOD)).startswith(
        "weights/none/run.json is missing"
    )


def test_the_best_network_is_told_by_the_cards() -> None:
    for name, psnr in (("mine", 27.0), ("better", 28.0)):
        shutil.rmtree("results/evaluate", ignore_errors=True)
        write_scores("s14", psnr=psnr)
        write_release(METHOD, Path("results"), Path("weights") / name)
    shutil.rmtree("results")
    assert find_network(None, "denoising").name == "better"


def test_the_command_says_what_it_released() -> None:
    write_scores("s14", psnr=27.0)
    result = CliRunner().invoke(app, ["release", "mine", "--out", "weights/mine"])
    assert result.exit_code == 0
    assert result.output == ("s14 30: 27.50 dB, 0.9000 (input 25.50 dB)\nreleased: weights/mine\n")
