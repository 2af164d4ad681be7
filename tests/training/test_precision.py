"""Every engine in every precision of a processor: the same twice, resumed, and about as good."""

import statistics
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from memnet.inference.restore import restore
from memnet.models.network import Network
from memnet.params import Budget, Recipe
from memnet.training.engine import can_compile
from tests.training.tiny import ADAMW, Run, assert_same, experiment

CASES = [("plain", "bfloat16"), ("compiled", "float32"), ("compiled", "bfloat16")]
EACH = pytest.mark.parametrize(("engine", "precision"), CASES)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not can_compile(torch.device("cpu")), reason="needs a C++ compiler (g++)"),
]


def computed(engine: str, precision: str) -> Recipe:
    changes = {"batch_size": 8, "engine": engine, "precision": precision}
    return ADAMW.model_copy(update=changes)


@EACH
def test_a_training_is_repeated_and_resumed_to_the_bit(
    run: Run, tmp_path: Path, engine: str, precision: str
) -> None:
    recipe, plan = computed(engine, precision), experiment(0.005)
    first = run(recipe, plan, checkpoint=tmp_path / "a")
    assert_same(first, run(recipe, plan, checkpoint=tmp_path / "b"))
    _, piece = run(recipe, plan, checkpoint=tmp_path / "c", seconds=0)
    assert piece.step == 1
    assert_same(first, run(recipe, plan, checkpoint=tmp_path / "c"))


@pytest.fixture
def gains(run: Run, tmp_path: Path) -> Callable[[str, str], list[float]]:
    """PSNR in dB of a noisy test image after 300 steps, for three seeds."""
    generator = torch.Generator().manual_seed(9)
    wave = torch.sin(torch.linspace(0, 9, 64))
    target = 0.5 + 0.3 * wave[:, None] * wave
    noisy = target + 30 / 255 * torch.randn(target.shape, generator=generator)

    def psnr(network: Network) -> dict[int, float]:
        restored = restore(network, noisy.numpy(), tile_core=None, device=torch.device("cpu"))
        error = (torch.from_numpy(restored) - target).square().mean()
        return {30: float(-10 * error.log10())}

    def found(engine: str, precision: str) -> list[float]:
        scores = []
        for seed in range(3):
            # At higher rates a rounding grows to a tenth of a decibel, in single precision too.
            plan = experiment(0.001, budget=Budget(steps=300), validate_every=300, seed=seed)
            place = tmp_path / f"{engine}-{precision}-{seed}"
            _, state = run(computed(engine, precision), plan, checkpoint=place, validate=psnr)
            scores.append(state.validation[30])
        return scores

    return found


@EACH
def test_300_steps_end_where_single_precision_does(
    gains: Callable[[str, str], list[float]], engine: str, precision: str
) -> None:
    ours, plain = gains(engine, precision), gains("plain", "float32")
    assert min(plain) > 24  # of 18.6 with the noise
    assert abs(statistics.mean(ours) - statistics.mean(plain)) < 0.03, (ours, plain)


def test_images_of_any_size_are_validated_without_compiling(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    graphs = []

    def validate(network: Network) -> dict[int, float]:
        for side in (20, 33):
            network(torch.zeros(1, 1, side, side))
        graphs.append(torch._dynamo.utils.counters["stats"]["unique_graphs"])
        return {30: 0.0}

    run(computed("compiled", "float32"), experiment(0.001), validate=validate)
    assert len(graphs) == 3 and len(set(graphs)) == 1
    assert "recompile_limit" not in caplog.text
