"""Two processes train as one does, fail in one sentence, and go on from the last checkpoint."""

import json
import multiprocessing
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from memnet.errors import InputError
from memnet.training.distributed import ALONE, World
from tests.training.worker import CASES, as_rank

# Its processes are forks of one that has imported what takes seconds, and has no thread yet.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["tests.training.worker", "torch._dynamo"])
WORKER = "tests.training.worker"
ROOT = Path(__file__).parents[2]
ENV = {
    **{k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")},
    "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo", "PYTHONPATH": str(ROOT),
}  # fmt: skip
if sys.platform != "linux":
    del ENV["GLOO_SOCKET_IFNAME"]  # the loopback device has this name on Linux alone

Ended = list[tuple[int, str]]
"""Exit code and what was said on stderr, by rank."""


def processes(size: int, folder: Path, *names: str) -> Ended:
    """Run the worker in `size` processes, as torchrun would start them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    variables = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(size)}
    ended: Ended = []
    started = []
    for rank in range(size):
        its_own = ENV | variables | {"RANK": str(rank), "LOCAL_RANK": str(rank)}
        said = folder / f"said.{rank}"
        started.append(
            SERVER.Process(target=as_rank, args=(its_own, said, [str(folder), *names]), daemon=True)
        )
        started[-1].start()
    for rank, process in enumerate(started):
        process.join(timeout=240)
        assert process.exitcode is not None
        ended.append((process.exitcode, (folder / f"said.{rank}").read_text()))
    return ended


def torchrun(folder: Path, *options: str, name: str = "killed") -> subprocess.CompletedProcess[str]:
    command = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", *options]
    return subprocess.run(
        [sys.executable, "-m", *command, "-m", WORKER, str(folder), name],
        env=ENV, cwd=ROOT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip


def history(path: Path, column: str) -> list[float]:
    return [line[column] for line in json.loads(path.with_suffix(".json").read_text())]


# The same samples, batch, loss and weights


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of what one process and two leave of every case."""
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    assert processes(1, one, *CASES) == [(0, "")]
    assert processes(2, two, *CASES) == [(0, ""), (0, "")]
    return one, two


@pytest.mark.parametrize("name", [name for name in CASES if name != "memnet-bfloat16"])
def test_two_processes_train_as_one(both: tuple[Path, Path], name: str) -> None:
    tolerance = 1e-10 if name.endswith("double") else 1e-5
    one, two = (folder / name for folder in both)
    for column in ("loss", "validation_psnr"):
        expected = history(one, column)
        assert len(expected) == 15
        np.testing.assert_allclose(history(two, column), expected, rtol=tolerance, atol=tolerance)
    weights = load_file(two.with_suffix(".safetensors"))
    for key, tensor in load_file(one.with_suffix(".safetensors")).items():
        torch.testing.assert_close(weights[key], tensor, rtol=10 * tolerance, atol=10 * tolerance)


# Faults


def sentences(ended: Ended) -> list[str]:
    lines = [line for _, said in ended for line in said.splitlines()]
    return [line for line in lines if line.startswith(("error", "interrupted", "Traceback"))]


def test_a_loss_that_is_not_finite_is_told_once(tmp_path: Path) -> None:
    ended = processes(2, tmp_path, "not-finite")
    assert [code for code, _ in ended] == [1, 1]
    assert sentences(ended) == [
        "error: the loss is nan at step 4: lower learning_rate (now 0.1) or clip"
    ]


def test_a_signal_to_one_process_ends_all_at_the_same_step(tmp_path: Path) -> None:
    ended = processes(2, tmp_path, "stopped")
    assert [code for code, _ in ended] == [130, 130]
    assert sentences(ended) == ["interrupted: the same command goes on from here"]
    assert [code for code, _ in processes(2, tmp_path, "stopped")] == [0, 0]
    steps = [json.loads((tmp_path / f"stopped.steps.{rank}").read_text()) for rank in (0, 1)]
    assert steps == [[5, 6, 7, 8, 9, 10, 11, 12]] * 2


def test_processes_that_differ_are_refused(tmp_path: Path) -> None:
    ended = processes(2, tmp_path, "other-key")
    assert [code for code, _ in ended] == [1, 1]
    (said,) = sentences(ended)
    assert said.startswith("error: all processes must have the same params, data, code and torch")


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(InputError) as error:
        World(0, 3, torch.device("cpu")).admit(64, "key")
    assert str(error.value) == (
        "batch_size must be a multiple of the number of processes, got 64 and 3: change one of them"
    )


def test_only_an_exchange_that_failed_is_told_as_a_loss() -> None:
    two = World(0, 2, torch.device("cpu"))
    with pytest.raises(RuntimeError, match="mixed dtype"), two.told():
        raise RuntimeError("mixed dtype")
    with pytest.raises(InputError, match="another process of this training was lost"), two.told():
        raise RuntimeError("[/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:1] closed")


def test_moments_are_taken_in_single_precision(both: tuple[Path, Path]) -> None:
    one, two = (load_file(folder / "memnet-bfloat16.safetensors") for folder in both)
    for name, tensor in one.items():
        if "running" in name:
            assert two[name].dtype == torch.float32
            torch.testing.assert_close(two[name], tensor, rtol=0.05, atol=0.05)


def test_one_process_exchanges_nothing() -> None:
    values = torch.rand(4, 1)
    assert ALONE.share(values).tolist() == ALONE.total(values).tolist() == values.tolist()
    assert ALONE.map(str, [3, 1, 2]) == ["3", "1", "2"]
    assert (ALONE.from_first(lambda: 7), ALONE.gather(8)) == (7, [8])


@pytest.mark.slow
def test_killed_and_run_again(tmp_path: Path) -> None:
    """A worker dies of kill -9; torchrun, or the same command, goes on to the same bits."""
    (whole := tmp_path / "whole" / "killed").mkdir(parents=True)
    (whole / "mark").touch()  # nobody is killed there
    assert torchrun(tmp_path / "whole").returncode == 0

    (again := tmp_path / "again").mkdir()
    first = torchrun(again)
    assert first.returncode != 0
    assert [line.split(" (")[0] for line in first.stderr.splitlines() if "error:" in line] == [
        "error: another process of this training was lost"
    ]
    second = torchrun(again)
    assert second.returncode == 0, second.stderr

    (elastic := tmp_path / "elastic").mkdir()
    third = torchrun(elastic, "--max-restarts", "1")
    assert third.returncode == 0, third.stderr

    expected = load_file(tmp_path / "whole" / "killed.safetensors")
    for folder in (again, elastic):
        assert json.loads((folder / "killed.steps.0").read_text())[0] == 4  # 3 was saved
        weights = load_file(folder / "killed.safetensors")
        assert all(torch.equal(tensor, expected[name]) for name, tensor in weights.items())
