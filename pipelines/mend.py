"""Take away what DVC, killed as it wrote, leaves behind and cannot read: python -m pipelines.mend.

Seen with DVC 3.67.1. Nothing is lost by it: the lock is of a process that is gone, a folder of the
run cache is made before the file that it is for, and a stage of dvc.lock is found again there.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from memnet.files import atomic_path
from pipelines import entry

STAGES = Path("dvc.lock")
LOCK = Path(".dvc/tmp/rwlock")
RUN_CACHE = Path(".dvc/cache/runs")


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Mend the working folder, saying what was done."""
    argparse.ArgumentParser(description=__doc__).parse_args(argv)
    for path in mended():
        print(f"{path} was left empty by a DVC that was killed: removed")
    if cut_back():
        print(f"{STAGES} was cut short by a DVC that was killed: cut back to what is whole")


def mended() -> Iterator[Path]:
    """What was taken away: an empty lock, and empty folders of the run cache."""
    if LOCK.is_file() and not LOCK.stat().st_size:
        LOCK.unlink()
        yield LOCK
    for folder in sorted(RUN_CACHE.glob("*/*")):
        with suppress(OSError):  # it is not empty, or another one mends as well
            folder.rmdir()
            yield folder


def cut_back() -> bool:
    """Whether dvc.lock ended in the middle of a stage, and was cut back to what DVC can read."""
    if not STAGES.is_file():
        return False
    text = STAGES.read_text(encoding="utf-8", errors="replace")
    whole = text.rstrip(" ")
    if whole and (not whole.endswith("\n") or whole.endswith(":\n")):
        *_, last = re.finditer(r"^  (?=\S)|\A", whole, re.MULTILINE)
        whole = whole[: last.start()]
    if "\n  " not in whole:  # no stage
        STAGES.unlink()
    elif whole == text:
        return False
    else:
        with atomic_path(STAGES) as part:
            part.write_text(whole, encoding="utf-8")
    return True


if __name__ == "__main__":
    raise SystemExit(main())
