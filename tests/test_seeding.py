"""Determinism, and the record of what a result was computed with."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from memnet import seeding
from memnet.errors import InputError
from memnet.seeding import choose_device, code_sha256, environment, git_state, make_deterministic


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Torch's global switches as they were."""
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "x")
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    yield
    torch.use_deterministic_algorithms(before[0])
    torch.backends.cudnn.benchmark = before[1]


def test_seed_and_switches(restored: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    torch.backends.cudnn.benchmark = True
    draws = []
    for seed in (3, 3, 4):
        make_deterministic(seed)
        draws.append(torch.rand(4))
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cudnn.benchmark
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_the_compiler_is_not_loaded_for_it() -> None:
    code = (
        "import sys; from memnet.seeding import make_deterministic; make_deterministic(0); "
        "print([name for name in ('torch._dynamo', 'torch._inductor') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_users_cublas_setting_is_kept(restored: None) -> None:
    make_deterministic(0)
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == "x"


def test_the_record_of_the_environment(restored: None) -> None:
    torch.use_deterministic_algorithms(False)
    record = environment(torch.device("cpu"))
    assert list(record) == [
        "python", "torch", "numpy", "opencv", "platform", "device", "threads", "deterministic",
    ]  # fmt: skip
    assert record["torch"] == torch.__version__
    assert record["device"].startswith("cpu: ")
    assert record["threads"] == torch.get_num_threads()
    assert record["deterministic"] is False
    make_deterministic(0)
    record = environment(torch.device("cpu"))
    assert record["deterministic"] is True


def test_the_code_hash_follows_the_files_that_train(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert code_sha256() == code_sha256()
    (tmp_path / "models").mkdir()
    for name in ("seeding.py", "params.py", "schema.py", "cli.py"):
        (tmp_path / name).write_text("1")
    (tmp_path / "models" / "b.py").write_text("2")
    monkeypatch.setattr(seeding, "__file__", str(tmp_path / "seeding.py"))
    hashes = {code_sha256()}
    (tmp_path / "models" / "notes.txt").write_text("not code")
    (tmp_path / "cli.py").write_text("this one changes no weight")
    assert code_sha256() in hashes
    (tmp_path / "models" / "b.py").write_text("3")
    hashes.add(code_sha256())
    (tmp_path / "models" / "b.py").rename(tmp_path / "models" / "c.py")
    hashes.add(code_sha256())
    assert len(hashes) == 3


def test_git_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_state() == (None, None)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], [*who, "commit", "-q", "--allow-empty", "-m", "one"]):
        subprocess.run(["git", *arguments], check=True)
    commit, dirty = git_state()
    assert commit is not None and len(commit) == 40
    assert dirty is False
    (tmp_path / "a").write_text("1")
    assert git_state() == (commit, True)
    monkeypatch.setenv("PATH", "")
    assert git_state() == (None, None)


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == choose_device("cpu") == torch.device("cpu")
    with pytest.raises(InputError) as error:
        choose_device("cuda")
    assert str(error.value) == "device cuda is not available here: take cpu or auto"
    with pytest.raises(InputError) as error:
        choose_device("gpu")
    assert str(error.value) == "device must be auto, cpu or cuda, got 'gpu'"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == choose_device("cuda") == torch.device("cuda")
    assert choose_device("cpu") == torch.device("cpu")


def test_importing_is_free() -> None:
    """Reading parameters needs no torch, and no import seeds or starts anything."""
    code = "import sys, memnet.params, memnet.errors; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)
