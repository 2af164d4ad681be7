"""Progress in a log: now and then a line, with an estimate that knows where the work began."""

from collections.abc import Iterator

import pytest
from rich.console import Console

from memnet import progress as module
from memnet.progress import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    yield now


def test_the_estimate_counts_from_where_and_when_the_work_went_on(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with progress("train a") as show:
        clock[0] += 60  # what is loaded first is no work done
        show(400, 500, "resumed")
        clock[0] += 11
        show(422, 500, "step 422")
        show(423, 500, "too soon for a line")
        clock[0] += 39
        show(500, 500, "")
    assert capsys.readouterr().out.splitlines() == [
        "train a: 80% resumed", "train a: 84%, 39 s left step 422", "train a: 100%"
    ]  # fmt: skip


def test_work_that_is_over_at_once_has_no_estimate(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with progress("degrade a") as show:
        show(0, 1, "")
        show(1, 1, "bird")
    assert capsys.readouterr().out == "degrade a: 100% bird\n"


def test_nothing_is_shown_where_another_process_shows_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress("train a", shown=False) as show:
        show(1, 1, "")
    assert capsys.readouterr().out == ""


def test_in_a_terminal_a_name_with_brackets_is_a_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "_terminal", lambda: Console(force_terminal=True, width=100))
    with progress("degrade [b]") as show:
        show(1, 2, "[/x].png")
    assert "degrade [b]" in (drawn := capsys.readouterr().out)
    assert "[/x].png" in drawn
