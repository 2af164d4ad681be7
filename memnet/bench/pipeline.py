"""How long what happens every day takes: nothing to do, imports, starts, an evaluation, patches."""

import math
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from ruamel.yaml import YAML

from memnet.bench.ceiling import measure_ceiling
from memnet.bench.restore import flops_per_pixel
from memnet.bench.train import Variant, bench_train
from memnet.data.patches import PatchSource, Planes
from memnet.errors import InputError
from memnet.inference.tiling import official_tiles
from memnet.methods.network import NetworkRestorer
from memnet.models.config import MemNetConfig
from memnet.models.memnet import MemNet
from memnet.tasks.super_resolution import SuperResolution
from memnet.tasks.task import Observation, to_unit

CPU = torch.device("cpu")
SET5 = ((512, 512), (288, 288), (256, 256), (280, 280), (344, 228))
"""Height and width of its images."""
SCALE = 2


class Timing(NamedTuple):
    """One thing that takes time.

    Attributes
    ----------
    seconds : the median; None where it could not be measured
    limit : what it should stay under, in seconds; None: it is shown alone
    note : why it could not be measured, or what it is compared with
    """

    what: str
    seconds: float | None
    limit: float | None
    note: str


def bench_pipeline(
    root: Path, config: MemNetConfig, *, rounds: int, report: Callable[[int, int, str], None]
) -> list[Timing]:
    """Time each of them in turn.

    Parameters
    ----------
    root : the repository
    config : network of the evaluation and of the training whose patches are cut
    rounds : times that imports, starts and steps are timed
    report : called with parts done, parts in all and the part at hand

    Raises
    ------
    InputError : `root` is no repository of this project
    """
    if not (root / "dvc.yaml").is_file():
        raise InputError(
            f"memnet bench pipeline must be run where dvc.yaml is, got {root}: change there first"
        )
    parts: list[tuple[str, Callable[[], Iterator[Timing]]]] = [
        ("dvc repro", lambda: _no_op(root)),
        ("imports", lambda: _imports(root, rounds)),
        ("stages", lambda: _starts(root, rounds)),
        ("evaluation", lambda: _evaluation(config)),
        ("patches", lambda: _patches(config, rounds)),
    ]
    timings: list[Timing] = []
    for done, (name, measure) in enumerate(parts):
        report(done, len(parts), name)
        timings += measure()
    report(len(parts), len(parts), "")
    return timings


def _no_op(root: Path) -> Iterator[Timing]:
    what, limit = "dvc repro, nothing to do", 10.0
    remedy = "run dvc repro first"
    try:
        _, would = _run(root, "-m", "dvc", "repro", "--dry")
    except InputError:  # results are missing that a stage needs
        yield Timing(what, None, limit, remedy)
        return
    always = {name for name, stage in _stages(root).items() if stage.get("always_changed")}
    always.add("report")  # follows them where it must
    changed = [name for name in _stages_run(would) if name.partition("@")[0] not in always]
    if changed:
        yield Timing(what, None, limit, f"{len(changed)} stages have changed: {remedy}")
        return
    seconds, said = _run(root, "-m", "dvc", "repro")
    yield Timing(what, seconds, limit, f"ran {', '.join(_stages_run(said)) or 'nothing'}")


def _stages(root: Path) -> dict[str, dict[str, Any]]:
    """Stages of dvc.yaml by name; of a foreach stage, what it does."""
    stages = YAML(typ="safe").load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    return {name: stage.get("do", stage) for name, stage in stages.items()}


def _stages_run(said: str) -> list[str]:
    return re.findall(r"Running stage '([^']+)'", said)


def _imports(root: Path, rounds: int) -> Iterator[Timing]:
    for module, limit in (
        ("memnet", 0.3), ("memnet.cli", None), ("memnet.params", None),
        ("memnet.models.network", 2.0), ("torch", None),  # alone, for comparison
    ):  # fmt: skip
        code = f"import sys; import {module}; print('torch' in sys.modules)"
        ended = [_run(root, "-c", code) for _ in range(rounds)]
        with_torch = "with torch" if "True" in ended[0][1] else "without torch"
        yield Timing(f"import {module}", _median(ended), limit, with_torch)


def _starts(root: Path, rounds: int) -> Iterator[Timing]:
    commands = [stage["cmd"] for stage in _stages(root).values()]
    modules = dict.fromkeys(re.findall(r"python -m (pipelines\.\w+)", " ".join(commands)))
    for module in modules:
        ended = [_run(root, "-m", module, "--help") for _ in range(rounds)]
        yield Timing(f"start of {module}", _median(ended), None, "")


def _evaluation(config: MemNetConfig) -> Iterator[Timing]:
    """Restoring and scoring planes of Set5's sizes at one scale, as official tiles and whole."""
    task, generator = SuperResolution(), np.random.RandomState(0)
    torch.manual_seed(0)
    network = MemNet(config).eval()
    pairs = [
        task.degrade(generator.randint(256, size=size, dtype=np.uint8), SCALE, seed=0)
        for size in SET5
    ]
    for how, tile_core in (("official tiles", task.tile_core), ("whole", None)):
        restorer = NetworkRestorer(network, tile_core, CPU)
        began = time.perf_counter()
        for pair in pairs:
            seen = Observation(to_unit(pair.degraded), SCALE, "bench", "", 0, None)
            task.score(restorer(seen), pair.target, SCALE)
        seconds = time.perf_counter() - began
        flops = flops_per_pixel(network) * pixels_seen(tile_core)
        least = flops / measure_ceiling(CPU).convolution
        yield Timing(
            f"{_name(config)} on planes of Set5's sizes, x{SCALE}, {how}", seconds, 30.0,
            f"engine {restorer.engine}; {flops / 1e12:.1f} TFLOP, {least:.0f} s at the ceiling",
        )  # fmt: skip


def pixels_seen(tile_core: int | None) -> int:
    """Pixels that a network is given of the planes, those of overlapping tiles more than once."""
    if tile_core is None:
        return sum(height * width for height, width in SET5)
    tiles = (tile.seen for size in SET5 for tile in official_tiles(*size, tile_core))
    return sum(math.prod(part.stop - part.start for part in seen) for seen in tiles)


def _patches(config: MemNetConfig, rounds: int) -> Iterator[Timing]:
    """Cutting the patches of a step, beside the step itself."""
    batch, side, stride, (height, width), images = 16, 31, 21, (321, 481), 300
    size = height * width
    targets = torch.randint(256, (images * size,), dtype=torch.uint8)
    entries = [torch.arange(images) * size] + [torch.full((images,), n) for n in (height, width, 2)]
    source = PatchSource(
        Planes(targets, targets / 255, *entries), patch_size=side, stride=stride, batch_size=batch,
        seed=0, device=CPU,
    )  # fmt: skip
    source.batch(0)  # draws the order of the epoch
    began = time.perf_counter()
    for number in range(1, 101):
        source.batch(number)
    cut = (time.perf_counter() - began) / 100
    _, (step,) = bench_train(
        config, [Variant("plain, channels last", "plain", True, "float32")], batch_size=batch,
        patch_size=side, rounds=rounds, device=CPU, report=lambda done, total, note: None,
    )  # fmt: skip
    yield Timing(
        f"cutting {batch} patches of {side}x{side}", cut, step.seconds,
        f"{cut / step.seconds:.2%} of a step of {_name(config)}",
    )  # fmt: skip


def _name(config: MemNetConfig) -> str:
    size = f"M{config.num_memory_blocks}R{config.num_recursions}"
    return f"{size}, {config.num_features} features"


def _median(ended: list[tuple[float, str]]) -> float:
    return statistics.median(seconds for seconds, _ in ended)


def _run(root: Path, *arguments: str) -> tuple[float, str]:
    """Seconds of a Python process, its start included, and what it said.

    Raises
    ------
    InputError : it failed
    """
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise InputError(f"python {' '.join(arguments)} must succeed, got {' '.join(last)}")
    return seconds, done.stdout
