"""Take away what DVC, killed as it wrote, leaves behind and cannot read: python -m pipelines.mend.

Seen with DVC 3.67.1. Nothing is lost by it: the lock is of a process that is gone, and a folder of
the run cache is made before the file that it is for.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from pipelines import entry

LOCK = Path(".dvc/tmp/rwlock")
RUN_CACHE = Path(".dvc/cache/runs")


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Mend the working folder, naming what was taken away."""
    argparse.ArgumentParser(description=__doc__).parse_args(argv)
    for path in mended():
        print(f"{path} was left empty by a DVC that was killed: removed")


def mended() -> Iterator[Path]:
    """What was taken away: an empty lock, and empty folders of the run cache."""
    if LOCK.is_file() and not LOCK.stat().st_size:
        LOCK.unlink()
        yield LOCK
    for folder in sorted(RUN_CACHE.glob("*/*")):
        with suppress(OSError):  # it is not empty, or another one mends as well
            folder.rmdir()
            yield folder


if __name__ == "__main__":
    raise SystemExit(main())
