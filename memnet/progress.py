"""Progress of long work: a bar in a terminal, a line now and then in a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a machine that only trains has no rich
    from rich.console import Console

LOG_SECONDS = 10.0


@contextmanager
def progress(title: str, *, shown: bool = True) -> Iterator[Callable[[float, float, str], None]]:
    """A function (done, total, note) that shows how far the work is and how long it will take.

    With `shown` False it shows nothing, because another process shows the same work.
    """
    if not shown:
        yield lambda done, total, note: None
        return
    console = _terminal()
    if console is None:
        yield _log_lines(title)
        return
    from rich import progress as bars

    columns = (
        bars.TextColumn("{task.description}", markup=False), bars.BarColumn(),
        bars.TextColumn("{task.percentage:3.0f}%"), bars.TimeElapsedColumn(),
        bars.TextColumn("left"), bars.TimeRemainingColumn(),
        bars.TextColumn("{task.fields[note]}", markup=False),
    )  # fmt: skip
    with bars.Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=None, note="")
        yield lambda done, total, note: bar.update(task, completed=done, total=total, note=note)


def _terminal() -> "Console | None":
    """Console to draw on; None where there is no terminal, or no rich to draw with."""
    try:
        from rich.console import Console
    except ImportError:
        return None
    console = Console()
    return console if console.is_terminal else None


def _log_lines(title: str) -> Callable[[float, float, str], None]:
    last = time.monotonic()
    first: tuple[float, float] | None = None  # resumed work does not begin at zero, nor at once

    def show(done: float, total: float, note: str) -> None:
        nonlocal last, first
        now = time.monotonic()
        start, began = first = first or (done, now)
        if now - last < LOG_SECONDS and done < total:
            return
        last = now
        share = f"{100 * done / total:.0f}%" if total else "100%"
        rate = (done - start) / (now - began) if now > began else 0
        left = f", {(total - done) / rate:.0f} s left" if rate > 0 and done < total else ""
        print(f"{title}: {share}{left} {note}".rstrip(), flush=True)

    return show
