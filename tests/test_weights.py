"""The released weights: each loads, is what its card says, and scores what its card says."""

from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from memnet.data.catalog import load_catalog
from memnet.evaluation.score import Score, score_method
from memnet.files import read_json, sha256_of
from memnet.methods.card import model_card
from memnet.results.networks import RELEASED, WEIGHTS, read_network
from memnet.results.run_record import RECORD, read_history, read_record
from memnet.tasks import TASKS

ROOT = Path(__file__).parent.parent
SLOW = pytest.mark.slow
FOLDERS = sorted(path.parent for path in RELEASED.glob(f"*/{RECORD}"))
CARDS = {folder.name: read_json(folder / RECORD) for folder in FOLDERS}
SCORES = [
    pytest.param(name, score, id=f"{name}-{score['dataset']}-{score['level']}")
    for name, card in CARDS.items()
    for score in card["scores"]
]
LAPTOP = read_json(ROOT / "reports/reference/laptop.json")["values"]
BUNDLED = [case for case in SCORES if case.values[1]["dataset"] == "bundled-test"]
OF_THE_PAPER = [case for case in SCORES if case not in BUNDLED]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder where scoring may leave what it fetches."""
    monkeypatch.chdir(tmp_path)


def test_there_is_a_network_for_every_task() -> None:
    assert {task for card in CARDS.values() for task in card["tasks"]} == set(TASKS)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_safetensors_alone_loads_what_the_card_describes(folder: Path) -> None:
    card = CARDS[folder.name]
    assert card["method"] == folder.name and card["kind"] == "trained"
    assert card["method_sha256"] == sha256_of(folder / WEIGHTS)
    tensors = load_file(folder / WEIGHTS)
    state = read_network(folder).state_dict()
    assert {n: t.shape for n, t in tensors.items()} == {n: t.shape for n, t in state.items()}
    assert (folder / "README.md").read_text() == model_card(read_record(folder), load_catalog())
    history = read_history(folder)
    assert int(history["step"].iloc[-1]) == card["steps"]
    validated = list(card["validation_psnr"].values())
    assert history["validation_psnr"].iloc[-1] == pytest.approx(sum(validated) / len(validated))


@pytest.mark.parametrize(("name", "score"), SCORES)
def test_it_beats_its_degraded_input(name: str, score: dict[str, float]) -> None:
    assert score["psnr"] > score["input_psnr"], name
    assert score["ssim"] > score["input_ssim"], name


def measured(name: str, score: dict[str, str], seeds: int) -> tuple[float, float]:
    """Mean PSNR and SSIM of a network, measured anew."""
    (task,) = CARDS[name]["tasks"]
    rows = [
        score_method(
            Score(task, score["dataset"], int(score["level"]), seed), name,
            whole=score["tiling"] == "whole", parallel=False,
        ).rows
        for seed in range(seeds)
    ]  # fmt: skip
    means = [(row["psnr"].mean(), row["ssim"].mean()) for row in rows]
    psnr, ssim = (sum(column) / seeds for column in zip(*means, strict=True))
    return psnr, ssim


@pytest.mark.parametrize(("name", "score"), BUNDLED)
def test_the_reference_of_laptop_says_what_the_card_says(name: str, score: dict[str, Any]) -> None:
    """`memnet verify` compares that reference with what a pipeline measured anew.

    Laptop adds one seed of noise, the card is the mean of three.
    """
    within = 1 if score["num_seeds"] == 1 else 4
    key = {"method": name, "dataset": score["dataset"], "level": score["level"]}
    (expected,) = (cell for cell in LAPTOP if key.items() <= cell.items())
    assert score["psnr"] == pytest.approx(expected["psnr"], abs=0.005 * within)
    assert score["ssim"] == pytest.approx(expected["ssim"], abs=0.0005 * within)


@SLOW
@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(("name", "score"), BUNDLED)
def test_the_card_comes_back_on_the_bundled_photographs(name: str, score: dict[str, str]) -> None:
    psnr, ssim = measured(name, score, int(score["num_seeds"]))
    assert psnr == pytest.approx(score["psnr"], abs=0.005)
    assert ssim == pytest.approx(score["ssim"], abs=0.0005)


@pytest.mark.mirror
@SLOW
@pytest.mark.usefixtures("mirror", "project")
@pytest.mark.parametrize(("name", "score"), OF_THE_PAPER)
def test_the_card_comes_back_on_the_images_of_the_paper(name: str, score: dict[str, str]) -> None:
    psnr, ssim = measured(name, score, int(score["num_seeds"]))
    assert psnr == pytest.approx(score["psnr"], abs=0.005)
    assert ssim == pytest.approx(score["ssim"], abs=0.0005)
