"""How long stages took: noted as they end, beside the results, which are the same every time."""

import csv
import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

LOG = Path(".scratch/durations.csv")
PARAMS = Path("params.yaml")


class StageTime(NamedTuple):
    """So many results of a stage that took so many seconds, and the one that took longest."""

    stage: str
    results: int
    seconds: float
    longest: str
    longest_seconds: float


def note_duration(stage: str, arguments: Sequence[str], seconds: float) -> None:
    """Add a line for what a stage has just made; a log that cannot be written is no fault."""
    if "--out" not in arguments:  # it makes no result
        return
    out = arguments[arguments.index("--out") + 1]
    with suppress(OSError):
        line = f"{_profile()},{stage},{out},{seconds:.2f}\n"
        LOG.parent.mkdir(exist_ok=True)
        with LOG.open("a", encoding="utf-8") as stream:
            stream.write(line)


def stage_times() -> list[StageTime]:
    """The time of each stage under the current profile, in the order in which they first ran.

    Of a result that was made more than once, the last time counts; one that is gone is left out.
    """
    if not LOG.is_file():
        return []
    last: dict[str, dict[str, float]] = defaultdict(dict)  # seconds by stage and result
    with LOG.open(encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream):
            with suppress(ValueError):  # a line that was cut short
                profile, stage, out, seconds = row
                if profile == _profile() and Path(out).exists():
                    last[stage][out] = float(seconds)
    times = []
    for stage, results in last.items():
        longest_seconds, longest = max((took, out) for out, took in results.items())
        together = sum(results.values())
        times.append(StageTime(stage, len(results), together, longest, longest_seconds))
    return times


def _profile() -> str:
    """Name of the profile, read without the other settings, which would take longer."""
    found = re.search(r"^profile: *(\S+)", PARAMS.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""
