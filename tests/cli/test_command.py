"""The command as a whole: its help, its levels, and how it ends."""

import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from memnet import __version__, cli
from memnet.cli import app, main
from memnet.cli.levels import task_at_level
from memnet.errors import InputError

ONE_OF = (
    "--task, or one of --scale (super_resolution), --sigma (denoising) and --quality "
    "(jpeg_deblocking)"
)
LEVELS = ["--task", "--scale", "--sigma", "--quality"]


def help_of(*command: str) -> str:
    """Text of a help page in one line, without colours and frames."""
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    plain = re.sub(r"\x1b\[[\d;]*m", "", result.output)
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", plain).split())


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", ["dataset", "degrade", "score", "restore", "explain", "pack", "verify"]),
        ("dataset", ["list", "fetch", "verify", "add"]),
        ("dataset list", ["List the datasets of the catalogue."]),
        ("dataset fetch", ["--out", "MEMNET_MIRROR"]),
        ("dataset verify", ["exit code 1 when one is missing or wrong"]),
        ("dataset add", ["--role", "--title", "--licence", "--citation", "test, train or both."]),
        ("degrade", [*LEVELS, "--out", "--seed", "--low-resolution"]),
        ("score", [*LEVELS, "--dataset", "--method", "--seed", "--whole", "--parallel", "--rows",
                   "module:name"]),
        ("restore", [*LEVELS, "--out", "--method"]),
        ("explain", [*LEVELS, "--reported"]),
        ("verify", ["REPORT_JSON", "--reference", "--update"]),
        ("pack", ["--set", "--pairs", "--out"]),
    ],
)  # fmt: skip
def test_help_names_every_option(command: str, words: list[str]) -> None:
    shown = help_of(*command.split())
    assert [word for word in words if word not in shown] == []


def test_without_arguments_help_is_shown() -> None:
    assert "restore" in CliRunner().invoke(app, []).output


def test_help_is_shown_without_loading_torch() -> None:
    code = (
        "import sys, memnet.cli; print([n for n in ('torch', 'cv2', 'pandas') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# Levels


@pytest.mark.parametrize(
    ("task", "given", "level"),
    [
        ("super_resolution", {"scale": 3}, 3),
        ("denoising", {"sigma": 50}, 50),
        ("jpeg_deblocking", {"quality": 10}, 10),
        ("super_resolution", {"scale": 99}, 99),  # its range is the task's to check
    ],
)
def test_each_task_has_its_own_option(task: str, given: dict[str, int], level: int) -> None:
    none = {"scale": None, "sigma": None, "quality": None}
    assert task_at_level(task, **none | given) == (task, level)
    assert task_at_level(None, **none | given) == (task, level)


@pytest.mark.parametrize(
    ("short", "given", "task"),
    [("sr", {"scale": 3}, "super_resolution"), ("jpeg", {"quality": 10}, "jpeg_deblocking")],
)
def test_short_names_of_tasks(short: str, given: dict[str, int], task: str) -> None:
    none = {"scale": None, "sigma": None, "quality": None}
    assert task_at_level(short, **none | given) == (task, *given.values())


@pytest.mark.parametrize(
    ("task", "given", "sentence"),
    [
        ("super_resolution", {}, "super_resolution needs --scale: how strongly its images are "
         "degraded"),
        ("denoising", {}, "denoising needs --sigma: how strongly its images are degraded"),
        ("jpeg_deblocking", {}, "jpeg_deblocking needs --quality: how strongly its images are "
         "degraded"),
        ("denoising", {"scale": 3}, "--scale has no meaning for denoising: give --sigma"),
        ("denoising", {"sigma": 30, "scale": 3},
         "--scale has no meaning for denoising: give --sigma"),
        ("super_resolution", {"scale": 3, "quality": 10},
         "--quality has no meaning for super_resolution: give --scale"),
        ("art", {}, "task must be one of super_resolution (or sr), denoising, jpeg_deblocking "
         "(or jpeg), got 'art'"),
        (None, {}, f"{ONE_OF}, must be given, got none"),
        (None, {"scale": 2, "sigma": 30}, f"{ONE_OF}, must be given, got --scale and --sigma"),
    ],
)  # fmt: skip
def test_other_options_are_refused(task: str | None, given: dict[str, int], sentence: str) -> None:
    with pytest.raises(InputError) as error:
        task_at_level(task, **{"scale": None, "sigma": None, "quality": None} | given)
    assert str(error.value) == sentence


@pytest.mark.parametrize("command", ["score --dataset tiny", "degrade tiny --out out"])
@pytest.mark.parametrize("seed", ["-1", str(2**32), "1.5"])
def test_a_seed_is_one_that_numpy_takes(command: str, seed: str) -> None:
    arguments = [*command.split(), "--task", "denoising", "--sigma", "30", "--seed", seed]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "--seed" in result.stderr and "Traceback" not in result.stderr


# How it ends


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (InputError("scale must be 2"), 1, "error: scale must be 2\n"),
        (PermissionError(13, "Permission denied", "x.csv"), 1,
         "error: [Errno 13] Permission denied: 'x.csv'\n"),
        (MemoryError(), 1,
         "error: memory is full (MemoryError()): lower --tile or take less at once\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_fault_is_one_line_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    line: str,
) -> None:
    def failing() -> None:
        raise error

    monkeypatch.setattr(cli, "app", failing)
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == code
    assert capsys.readouterr() == ("", line)


def test_a_fault_of_the_code_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        main()


def test_a_name_that_is_no_text_is_printed_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict")
    monkeypatch.setattr(cli, "app", lambda: print("b\udcff.png"))
    monkeypatch.setattr(sys, "stdout", strict)
    main()
    strict.flush()
    assert strict.buffer.getvalue() == b"b\\udcff.png\n"  # type: ignore[attr-defined]


def test_the_version_by_either_name() -> None:
    for command in ([sys.executable, "-m", "memnet"], [Path(sys.executable).with_name("memnet")]):
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
        assert done.stdout == f"memnet {__version__}\n"


def test_a_package_of_an_extra_that_is_missing_is_named(
    told: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "omegaconf", None)
    monkeypatch.delitem(sys.modules, "memnet.params.composing", raising=False)
    assert told("profile", "laptop") == (
        'the package omegaconf is not installed: pip install "memnet[pipeline]"'
    )
