"""`memnet bench pipeline`: what happens every day."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memnet.cli.bench.options import Blocks, Features, Out, Recursions
from memnet.cli.bench.tables import memnet_config, print_table

if TYPE_CHECKING:
    from rich.table import Table

    from memnet.bench.pipeline import Timing


def pipeline(
    blocks: Blocks = 6,
    recursions: Recursions = 6,
    features: Features = 64,
    rounds: Annotated[int, typer.Option(help="Times that each start is timed.", min=1)] = 3,
    out: Out = None,
) -> None:
    """Time a `dvc repro` with nothing to do, imports, stages' starts, an evaluation and patches.

    The network belongs to the evaluation and to the training step beside the cutting of patches;
    its weights are drawn at random. Times of processes include the start of Python.
    """
    import torch

    from memnet.bench.pipeline import bench_pipeline
    from memnet.files import write_json
    from memnet.progress import progress
    from memnet.seeding import environment

    config = memnet_config(blocks, recursions, features)
    with progress("bench pipeline") as show:
        timings = bench_pipeline(Path.cwd(), config, rounds=rounds, report=show)
    print_table(_table(timings))
    if out is not None:
        write_json(
            out,
            {"network": config.model_dump(), "rounds": rounds,
             "environment": environment(torch.device("cpu")),
             "timings": [timing._asdict() for timing in timings]},
        )  # fmt: skip


def _table(timings: "list[Timing]") -> "Table":
    from rich.table import Table

    table = Table("what", "s", "should be under", "note", title="Every day")
    for t in timings:
        table.add_row(
            t.what, "not measured" if t.seconds is None else f"{t.seconds:.3f}",
            "" if t.limit is None else f"{t.limit:.3g}", t.note,
        )  # fmt: skip
    return table
