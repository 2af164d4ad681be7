"""Inside a network: costs by hand, spectra of waves, and predictions scored like any result."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from memnet.data.pairs import PairFolder
from memnet.evaluation.evaluate import evaluate
from memnet.evaluation.probe import SPECTRUM_BINS, Probe, block_costs, radial_spectrum
from memnet.inference.folded import FoldedMemNet
from memnet.inference.restore import restore
from memnet.methods.network import NetworkRestorer
from memnet.models.memnet import MemNet
from memnet.params import Benchmark, load_params
from memnet.tasks import TASKS
from memnet.tasks.task import to_unit
from pipelines import degrade
from tests.models.memnet_twin import config
from tests.projects import IMAGES, make_project

PARAMS = """
profile: test
budget: none
datasets: [tiny]
benchmarks:
  denoise-tiny:
    {task: denoising, dataset: tiny, levels: [30, 50], seeds: [3], tiling: whole, showcase: null}
training_sets: {}
networks: {}
recipes: {}
experiments: {}
converted: []
released: []
methods: {}
grid:
  super_resolution: {methods: [], benchmarks: []}
  denoising: {methods: [], benchmarks: [denoise-tiny]}
  jpeg_deblocking: {methods: [], benchmarks: []}
tables: {}
calibration: {input: {psnr: 0.02, ssim: 0.0005}, noise_psnr: 0.3,
  baselines: {psnr: 0.05, ssim: 0.001}, known_misses: {}}
claims: {smallest_gain: 0.01, min_seeds: 3, confidence: 0.95,
  gate_margin: 0.02, convergence: 0.1, spectrum_margin: 0.1}
"""
CPU = torch.device("cpu")


@pytest.fixture
def pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PairFolder:
    make_project(tmp_path, monkeypatch)
    Path("params.yaml").write_text(PARAMS)
    command = "--set denoise-tiny --raw images/tiny --out datasets/pairs/denoise-tiny"
    assert degrade.main(command.split()) == 0
    return PairFolder("datasets/pairs/denoise-tiny")


def memnet(**changes: object) -> MemNet:
    torch.manual_seed(0)
    return MemNet(config(3, 2, 4, **changes)).eval()  # type: ignore[arg-type]


# Costs


@pytest.mark.parametrize("changes", [{}, {"long_term": False}, {"short_term": False}])
def test_costs_are_those_of_the_convolutions(changes: dict[str, bool]) -> None:
    """The last block's cost is that of the whole network, less the ends of the other blocks."""
    network = memnet(**changes)
    found = []
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(
                lambda m, _, out: found.append(m.weight.numel() * out[0, 0].numel())
            )
    network(torch.zeros(1, 1, 5, 5))
    ends = 2 * 9 * 4
    assert sum(found) / 25 - ends == block_costs(network.config)[-1]
    assert np.all(np.diff(block_costs(network.config)) > 0)


def test_the_paper_s_network() -> None:
    """6 blocks of 72 convolutions of 64 features, gates of 7 to 12 memories, and two ends."""
    m6r6 = config(6, 6, 64)
    gates = sum(range(7, 13)) * 64**2
    assert block_costs(m6r6)[-1] == 72 * 9 * 64**2 + gates + 2 * 9 * 64
    assert len(block_costs(m6r6)) == 6
    assert block_costs(config(6, 6, 64, multi_supervised=False)) == block_costs(m6r6)[-1:]


# Spectra


@pytest.mark.parametrize(("cycles", "axis"), [(4, 0), (10, 1), (20, 0)])
def test_a_wave_lies_in_its_ring(cycles: int, axis: int) -> None:
    places = np.arange(48)
    wave = np.cos(2 * np.pi * cycles * places / 48)
    plane = np.broadcast_to(wave[:, None] if axis == 0 else wave, (48, 48))
    spectrum = radial_spectrum(plane + 5)
    assert len(spectrum) == SPECTRUM_BINS
    assert np.argmax(spectrum) == int(cycles / 48 * 2 * SPECTRUM_BINS)
    assert sum(10**value for value in spectrum) == pytest.approx(48 * 48 / 2)  # Parseval


def test_a_flat_plane_has_no_power() -> None:
    assert radial_spectrum(np.full((9, 7), 3.0)) == [-12.0] * SPECTRUM_BINS


# Predictions


def probed(network: MemNet, pairs: PairFolder, benchmark: Benchmark) -> dict[str, Any]:
    """What is found while the network is evaluated; its scores are those without a probe."""
    core = None if benchmark.tiling == "whole" else 120
    restorer = NetworkRestorer(network, core, CPU)
    probe = Probe(restorer, benchmark)
    assert probe.restores == (benchmark.tiling == "whole")
    rows = [
        evaluate(
            restorer, pairs, benchmark, method="mine", probe=one, report=lambda *_: None
        ).rows.drop(columns="seconds")
        for one in (probe, None)
    ]
    pd.testing.assert_frame_equal(*rows, check_exact=True)
    return probe.record()


@pytest.mark.parametrize("tiling", ["whole", "official"])
def test_the_final_prediction_scores_as_the_network_does(pairs: PairFolder, tiling: str) -> None:
    network = memnet()
    benchmark = load_params().benchmark("denoise-tiny").model_copy(update={"tiling": tiling})
    evaluated = FoldedMemNet(network)  # as a network restores on a CPU
    found = probed(network, pairs, benchmark)
    assert found["multiply_adds"] == block_costs(network.config)
    assert (found["num_images"], found["spectra_of"]) == (len(IMAGES), IMAGES[0])
    for level in (30, 50):
        scores = []
        for image in IMAGES:
            pair = pairs.load(image).pair(level, 3)
            restored = restore(evaluated, to_unit(pair.degraded), tile_core=None, device=CPU)
            scores.append(TASKS["denoising"].score(restored, pair.target, level).psnr)
        values = found["levels"][str(level)]
        assert len(values["psnr"]) == len(values["spectra"]) == 4
        assert values["psnr"][-1] == pytest.approx(np.mean(scores), abs=1e-9)


def test_a_network_without_supervision_has_its_final_prediction(pairs: PairFolder) -> None:
    benchmark = load_params().benchmark("denoise-tiny")
    network = memnet(multi_supervised=False)
    found = probed(network, pairs, benchmark)
    assert len(found["multiply_adds"]) == len(found["levels"]["30"]["psnr"]) == 1
