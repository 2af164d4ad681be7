"""`memnet verify`: what passes, what it names, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from memnet.cli import app

SR = "super_resolution"
REFERENCE = Path("reports/reference/tiny.json")
# table, our method, level, metric, value; all made up
CELLS = (
    *((4, "input", 2, "psnr", 30.1234567), (4, "input", 2, "ssim", 0.91234567)),
    *((4, "memnet-sr", 2, "psnr", 32.5), (4, "memnet-sr", 2, "ssim", 0.95)),
    *((4, "memnet-sr", 3, "psnr", None), (4, "memnet-sr", 3, "ssim", None)),
    *((4, None, 2, "psnr", None), (2, "memnet-sr", 2, "psnr", 32.5)),
    (2, "memnet-sr", 2, "psnr", 32.5),  # the same result, beside the paper's number
)


def cell(table: int, method: str | None, level: int, metric: str, ours: Any) -> dict[str, Any]:
    place = {"task": SR, "dataset": "set5", "level": level, "metric": metric}
    return {"table": table, "our_method": method, "paper": 1.0, **place, "ours": ours}


def write(cells: list[dict[str, Any]], profile: str = "tiny") -> None:
    path = Path("reports/html/report.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"profile": profile, "commit": "0", "cells": cells}))


def changed(index: int, ours: Any) -> list[dict[str, Any]]:
    """The fresh cells, one of them with another number."""
    cells = [cell(*values) for values in CELLS]
    cells[index]["ours"] = ours
    return cells


@pytest.fixture
def fresh(project: Path, said: Callable[..., str]) -> None:
    """A report, and the reference made of it."""
    write([cell(*values) for values in CELLS])
    assert said("verify", "--update") == f"{REFERENCE}: 2 results of the profile tiny\n"


@pytest.fixture
def failed(fresh: None) -> Callable[..., list[str]]:
    """Lines of `memnet verify` when it ends with exit code 1, the last one the sum of them."""

    def lines(cells: list[dict[str, Any]], *arguments: str) -> list[str]:
        write(cells)
        result = CliRunner().invoke(app, ["verify", *arguments])
        assert result.exit_code == 1, result.output
        assert result.stderr == ""
        return result.stdout.splitlines()

    return lines


def test_a_reference_is_lean(fresh: None) -> None:
    assert json.loads(REFERENCE.read_text()) == {
        "profile": "tiny",
        "commit": "0",
        "tolerance": {"psnr": 0.05, "ssim": 0.001},
        "input_tolerance": {"psnr": 0.005, "ssim": 0.0001},
        "method_tolerance": {},
        "values": [
            {"method": "input", "task": SR, "dataset": "set5", "level": 2, "psnr": 30.123457,
             "ssim": 0.912346},
            {"method": "memnet-sr", "task": SR, "dataset": "set5", "level": 2, "psnr": 32.5,
             "ssim": 0.95},
        ],
    }  # fmt: skip


def test_fresh_results_pass(fresh: None, said: Callable[..., str]) -> None:
    assert said("verify") == f"5 cells compared with {REFERENCE}, 5 within tolerance\n"


@pytest.mark.parametrize(
    ("index", "ours", "line"),
    [
        (2, 32.56, "table 4, memnet-sr, set5, super_resolution 2, psnr: expected 32.5000, "
         "got 32.5600, tolerance 0.05"),
        (3, 0.9489, "table 4, memnet-sr, set5, super_resolution 2, ssim: expected 0.950000, "
         "got 0.948900, tolerance 0.001"),
        (0, 30.1179, "table 4, input, set5, super_resolution 2, psnr: expected 30.1235, "
         "got 30.1179, tolerance 0.005"),
        (1, 0.91246, "table 4, input, set5, super_resolution 2, ssim: expected 0.912346, "
         "got 0.912460, tolerance 0.0001"),
        (3, None, "table 4, memnet-sr, set5, super_resolution 2, ssim: expected 0.950000, "
         "got none, tolerance 0.001"),
        (2, "inf", "table 4, memnet-sr, set5, super_resolution 2, psnr: expected 32.5000, "
         "got inf, tolerance 0.05"),
    ],
)  # fmt: skip
def test_one_number_outside_is_named(
    failed: Callable[..., list[str]], index: int, ours: Any, line: str
) -> None:
    summary = f"5 cells compared with {REFERENCE}, 4 within tolerance"
    assert failed(changed(index, ours)) == [line, summary]


@pytest.mark.parametrize(
    ("index", "ours"), [(2, 32.55), (2, 32.45), (3, 0.951), (0, 30.12845), (1, 0.9124)]
)
def test_one_number_within_is_not(
    fresh: None, said: Callable[..., str], index: int, ours: float
) -> None:
    write(changed(index, ours))
    assert "5 within" in said("verify")


def test_one_of_two_copies_is_not_overlooked(failed: Callable[..., list[str]]) -> None:
    lines = failed(changed(len(CELLS) - 1, 32.0))
    assert [line.split(",")[0] for line in lines] == [
        "table 2",
        f"6 cells compared with {REFERENCE}",
    ]


def test_a_cell_that_no_table_has_is_missing(failed: Callable[..., list[str]]) -> None:
    lines = failed([cell(*values) for values in CELLS if values[1] != "input"])
    assert lines == [
        "no table, input, set5, super_resolution 2, psnr: expected 30.1235, got none, "
        "tolerance 0.005",
        "no table, input, set5, super_resolution 2, ssim: expected 0.912346, got none, "
        "tolerance 0.0001",
        f"5 cells compared with {REFERENCE}, 3 within tolerance",
    ]


def test_results_without_a_reference_are_counted(fresh: None, said: Callable[..., str]) -> None:
    write(changed(4, 28.0))
    assert said("verify").endswith("5 within tolerance; 1 more without a reference\n")


def test_a_report_and_a_reference_elsewhere(fresh: None, said: Callable[..., str]) -> None:
    Path("reports/html/report.json").rename("mine.json")
    REFERENCE.rename("theirs.json")
    assert "5 within" in said("verify", "mine.json", "--reference", "theirs.json")


def test_a_method_has_a_tolerance_of_its_own(failed: Callable[..., list[str]]) -> None:
    reference = json.loads(REFERENCE.read_text())
    reference["method_tolerance"] = {"memnet-sr": {"psnr": 0.2, "ssim": 0.0}}
    REFERENCE.write_text(json.dumps(reference))
    cells = changed(2, 32.65)
    cells[3]["ours"] = 0.9499
    lines = failed(cells)
    assert len(lines) == 2
    assert "ssim: expected 0.950000, got 0.949900, tolerance 0" in lines[0]


def test_an_update_keeps_the_tolerances(fresh: None, said: Callable[..., str]) -> None:
    reference = json.loads(REFERENCE.read_text())
    reference["tolerance"] = {"psnr": 0.5, "ssim": 0.1}
    reference["method_tolerance"] = {"memnet-sr": {"psnr": 0.7, "ssim": 0.2}}
    REFERENCE.write_text(json.dumps(reference))
    write([one for one in changed(2, 31.0) if one["table"] == 4])
    said("verify", "--update")
    updated = json.loads(REFERENCE.read_text())
    assert updated["tolerance"] == {"psnr": 0.5, "ssim": 0.1}
    assert updated["method_tolerance"] == {"memnet-sr": {"psnr": 0.7, "ssim": 0.2}}
    assert updated["values"][1]["psnr"] == 31.0


# What is refused


def test_a_reference_of_another_profile(fresh: None, told: Callable[..., str]) -> None:
    write([cell(*values) for values in CELLS], profile="large")
    before = REFERENCE.read_bytes()
    assert told("verify", "--reference", str(REFERENCE)) == (
        "the reference must be of profile large, as the report is, got tiny: name the right one "
        "with --reference"
    )
    assert told("verify", "--update", "--reference", str(REFERENCE)) == (
        "the reference to replace must be of profile large, got tiny: name another file with "
        "--reference"
    )
    assert REFERENCE.read_bytes() == before


def test_no_report(project: Path, told: Callable[..., str]) -> None:
    assert told("verify") == (
        "reports/html/report.json is missing or damaged ([Errno 2] No such file or directory: "
        "'reports/html/report.json'): delete it, then run `dvc repro`"
    )


def test_no_reference(fresh: None, told: Callable[..., str]) -> None:
    REFERENCE.unlink()
    assert told("verify") == (
        f"{REFERENCE} is missing or damaged ([Errno 2] No such file or directory: '{REFERENCE}'): "
        "delete it, then `memnet verify --update` writes it from results you trust"
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "Expecting property name"),
        ("[]", "the file must be a mapping, got []"),
        ("\0", "Expecting value"),
        ('{"profile": "tiny"}', "is missing"),
        ('{"profile": 1}', "profile must be text, got 1"),
    ],
)
@pytest.mark.parametrize("path", ["reports/html/report.json", str(REFERENCE)])
def test_a_damaged_file(
    fresh: None, told: Callable[..., str], path: str, text: str, fault: str
) -> None:
    Path(path).write_text(text)
    sentence = told("verify")
    assert sentence.startswith(f"{path} is missing or damaged (") and fault in sentence


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"tolerance": {"psnr": -1.0, "ssim": 0.1}}, "tolerance.psnr must be at least 0, got -1.0"),
        ({"tolerance": {"psnr": 0.1}}, "tolerance.ssim is missing"),
        ({"tolerances": {}}, "tolerances is not a known key"),
        ({"values": []}, "values must not be empty"),
    ],
)
def test_a_reference_that_says_something_else(
    fresh: None, told: Callable[..., str], changes: dict[str, Any], fault: str
) -> None:
    REFERENCE.write_text(json.dumps(json.loads(REFERENCE.read_text()) | changes))
    assert fault in told("verify")


def test_a_place_twice(fresh: None, told: Callable[..., str]) -> None:
    reference = json.loads(REFERENCE.read_text())
    reference["values"] *= 2
    REFERENCE.write_text(json.dumps(reference))
    assert "values must name each place once" in told("verify")


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ([], "the report gives no reference: values must not be empty"),
        ([cell(4, "a", 2, "psnr", 1.0)], "the report gives no reference: values.0.ssim is missing"),
        ([cell(4, "a", 2, "psnr", 1.0), cell(5, "a", 2, "psnr", 2.0)],
         "the report holds two values of psnr of ('a', 'super_resolution', 'set5', 2)"),
    ],
)  # fmt: skip
def test_a_report_that_gives_no_reference(
    project: Path, told: Callable[..., str], cells: list[dict[str, Any]], fault: str
) -> None:
    write(cells)
    assert told("verify", "--update").startswith(fault)
    assert not REFERENCE.exists()


def test_a_profile_that_is_a_path(project: Path, told: Callable[..., str]) -> None:
    write([], profile="../up")
    assert told("verify") == "the profile '../up' is no name of a file: give --reference"
