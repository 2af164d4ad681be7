"""`memnet profile`: params.yaml, and the lock beside it, of another profile."""

from pathlib import Path
from typing import Annotated

import typer

PARAMS = Path("params.yaml")
LOCK = Path("dvc.lock")


def profile(
    name: Annotated[str, typer.Argument(help="A file of params/, without its suffix.")],
) -> None:
    """Switch params.yaml to a profile, unless that would lose edits.

    Where the profile was run for the project, its lock is put in place as well: it holds the
    hashes of the committed results. DVC keeps what was made under other profiles.

    Example: memnet profile benchmark
    """
    from memnet.errors import InputError
    from memnet.files import copy_file, write_text
    from memnet.params.composing import FOLDER, compose, is_as_made

    text = compose(name)
    there = PARAMS.read_text(encoding="utf-8") if PARAMS.exists() else None
    if there is not None and not is_as_made(there):
        raise InputError(
            f"{PARAMS} holds edits that no profile of {FOLDER}/ has: put them into "
            f"{FOLDER}/<name>.yaml, or delete {PARAMS}, then switch"
        )
    lock = FOLDER / f"{name}.lock"
    if lock.exists() and f"\nprofile: {name}\n" not in (there or ""):
        copy_file(lock, LOCK)
    write_text(PARAMS, text)
    typer.echo(f"{PARAMS} is now profile {name}; `make repro` makes its results")
