"""What happens every day, timed: what is started, and what cannot be measured says why."""

from pathlib import Path

import pytest

from memnet.bench import pipeline
from memnet.bench.pipeline import Timing, bench_pipeline, pixels_seen
from memnet.errors import InputError
from tests.models.memnet_twin import config

STAGES = """\
stages:
  fetch:
    foreach: [a]
    do: {cmd: python -m pipelines.fetch --dataset a}
  survey: {cmd: python -m pipelines.survey}
"""


def silent(done: int, total: int, note: str) -> None:
    pass


@pytest.fixture(scope="module")
def timings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Timing]:
    root = tmp_path_factory.mktemp("project")
    (root / "dvc.yaml").write_text(STAGES)
    (root / "pipelines").mkdir()
    for stage in ("fetch", "survey"):
        (root / f"pipelines/{stage}.py").write_text("import sys; print(sys.argv)\n")
    found = bench_pipeline(root, config(1, 1, 4), rounds=1, report=silent)
    return {timing.what: timing for timing in found}


def test_each_stage_is_started(timings: dict[str, Timing]) -> None:
    starts = [what for what in timings if what.startswith("start of")]
    assert starts == ["start of pipelines.fetch", "start of pipelines.survey"]


def test_imports_say_whether_torch_came_with_them(timings: dict[str, Timing]) -> None:
    notes = {what: timing.note for what, timing in timings.items() if what.startswith("import")}
    assert notes == {
        "import memnet": "without torch",
        "import memnet.cli": "without torch",
        "import memnet.params": "without torch",
        "import memnet.models.network": "with torch",
        "import torch": "with torch",
    }


def test_an_evaluation_and_a_step_are_timed(timings: dict[str, Timing]) -> None:
    what = "M1R1, 4 features on planes of Set5's sizes, x2"
    whole, tiled = (timings[f"{what}, {how}"] for how in ("whole", "official tiles"))
    assert whole.seconds and tiled.seconds
    assert whole.note.startswith("engine folded; 0.0 TFLOP, ")
    cutting = timings["cutting 16 patches of 31x31"]
    assert cutting.seconds and cutting.limit
    assert cutting.note.startswith(f"{cutting.seconds / cutting.limit:.2%} of a step")


def test_tiles_overlap_and_their_pixels_count_twice() -> None:
    assert pixels_seen(None) == 567_456  # 512^2 + 288^2 + 256^2 + 280^2 + 344 x 228
    # Sides 512, 288, 256, 280, 344 and 228 in 4, 2, 2, 2, 3 and 2 cores: 32 more for each cut.
    assert pixels_seen(150) == 608**2 + 320**2 + 288**2 + 312**2 + 408 * 260


def test_a_pipeline_that_cannot_run_is_not_measured(timings: dict[str, Timing]) -> None:
    # There is no repository, so that DVC refuses.
    no_op = timings["dvc repro, nothing to do"]
    assert (no_op.seconds, no_op.note) == (None, "run dvc repro first")


@pytest.mark.parametrize(
    ("would", "seconds", "note"),
    [
        ("Running stage 'adopt@a':\nRunning stage 'track':", 4.0, "ran adopt@a, track"),
        ("Running stage 'adopt@a':\nRunning stage 'train@b':", None, "1 stages have changed: "),
    ],
    ids=["what always runs", "what has changed"],
)
def test_what_always_runs_is_nothing_to_do(
    would: str, seconds: float | None, note: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    always = "{cmd: python -m pipelines.track, always_changed: true}"
    adopt = f"{{foreach: [a], do: {always}}}"
    stages = f"stages: {{track: {always}, adopt: {adopt}, train: {{cmd: train}}}}"
    (tmp_path / "dvc.yaml").write_text(stages)
    monkeypatch.setattr(pipeline, "_run", lambda root, *arguments: (4.0, would))
    (timing,) = pipeline._no_op(tmp_path)
    assert timing.seconds == seconds
    assert timing.note.startswith(note)


def test_elsewhere_it_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must be run where dvc\.yaml is, got .*: change there"):
        bench_pipeline(tmp_path, config(1, 1, 4), rounds=1, report=silent)
