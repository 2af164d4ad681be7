"""`memnet mend` and `memnet changes`: what `make repro` does before and after DVC.

DVC, killed as it writes, leaves behind what it cannot read (seen with 3.67.1). All of it can be
removed safely: the process of the lock has ended, the folder of the run cache is still empty, and
DVC finds the stage that is cut off in its run cache again.
"""

import re
import subprocess
from contextlib import suppress
from pathlib import Path

import typer

STAGES = Path("dvc.lock")
LOCK = Path(".dvc/tmp/rwlock")
RUN_CACHE = Path(".dvc/cache/runs")
WHY = {
    "dvc.lock": "its hashes cover run times and the commit, which differ in every run",
    "reports/summary.csv": "a number or its run key changed; `memnet verify` compares the numbers",
}


def mend() -> None:
    """Take away what DVC, killed as it wrote, cannot read."""
    gone = []
    if LOCK.is_file() and not LOCK.stat().st_size:
        LOCK.unlink()
        gone.append(LOCK)
    for folder in sorted(RUN_CACHE.glob("*/*")):
        with suppress(OSError):  # it is not empty, or another process was faster
            folder.rmdir()
            gone.append(folder)
    for path in gone:
        typer.echo(f"{path} was left empty by a DVC that was killed: removed")
    if _cut_back():
        typer.echo(f"{STAGES} was cut short by a DVC that was killed: cut back to what is whole")


def changes() -> None:
    """Say in a line which tracked files differ from the commit, and why."""
    try:
        listed = ["git", "status", "--porcelain", "--untracked-files=no"]
        said = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):  # not under git
        return
    names = [line[3:] for line in said.splitlines()]
    told = [f"{name} ({WHY[name]})" if name in WHY else name for name in names]
    typer.echo(f"differs from the commit: {'; '.join(told) or 'nothing'}")


def _cut_back() -> bool:
    """Cut a dvc.lock that ends in mid-stage back to what DVC can read; True if it did."""
    from memnet.files import write_text

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
        write_text(STAGES, whole)
    return True
