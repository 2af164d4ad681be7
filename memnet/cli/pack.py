"""`memnet pack`: a training set as one file, to train on another machine."""

from pathlib import Path
from typing import Annotated

import typer


def pack(
    name: Annotated[str, typer.Option("--set", help="A key of training_sets in params.yaml.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")],
    pairs: Annotated[
        Path | None, typer.Option(help="Its degraded pairs (default: datasets/pairs/SET).")
    ] = None,
) -> None:
    """Write a training set as one file that `python -m pipelines.train --pairs FILE` reads.

    It holds the images alone. Training degrades them again, and stops if any bit differs.

    Example: memnet pack --set sr-train291 -o sr-train291.pack
    """
    from memnet.data.pack import write_pack
    from memnet.data.pairs import PairFolder
    from memnet.errors import InputError
    from memnet.params import load_params

    sets = load_params().training_sets
    if name not in sets:
        raise InputError(f"--set must be one of {', '.join(sets)}, got {name!r}")
    folder = PairFolder(pairs or Path("datasets/pairs") / name)
    wanted = sets[name].task, sets[name].dataset, sets[name].levels
    found = folder.task, folder.dataset, folder.levels
    if found != wanted:
        raise InputError(
            f"{folder.folder} must hold {_text(*wanted)} for {name}, got {_text(*found)}: run its "
            "degrade stage again"
        )
    write_pack(out, folder)
    megabytes = out.stat().st_size / 1e6
    typer.echo(f"{out}: {len(folder.images)} images of {_text(*found)}, {megabytes:.1f} MB")


def _text(task: str, dataset: str, levels: list[int]) -> str:
    return f"{dataset} for {task} at {', '.join(map(str, levels))}"
