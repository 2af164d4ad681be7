"""`memnet bench growth`: what a hundred times the work costs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memnet.cli.bench.options import Out
from memnet.cli.bench.tables import mebibytes, print_table

if TYPE_CHECKING:
    from rich.table import Table

    from memnet.bench.growth import Cost


def growth(
    out: Out = None,
    figure: Annotated[Path | None, typer.Option(help="SVG or PDF of the curves.")] = None,
) -> None:
    """Run every stage on 1, 10 and 100 times the images and methods; restore photos of such sizes.

    All on images that are made up, in folders of their own. It takes some minutes.
    """
    import torch

    from memnet.bench.curves import draw_growth
    from memnet.bench.growth import bench_growth
    from memnet.files import write_json
    from memnet.progress import progress
    from memnet.seeding import environment

    with progress("bench growth") as show:
        costs = bench_growth(Path.cwd(), report=show)
    print_table(_table(costs))
    if figure is not None:
        draw_growth(costs, figure)
    if out is not None:
        here = environment(torch.device("cpu"))
        write_json(out, {"environment": here, "costs": [cost._asdict() for cost in costs]})


def _table(costs: "list[Cost]") -> "Table":
    from rich.table import Table

    table = Table("command", "of", "amount", "s", "peak MiB", title="Growth")
    for kind, command in dict.fromkeys((cost.of, cost.command) for cost in costs):
        for cost in costs:
            if (cost.of, cost.command) == (kind, command):
                table.add_row(
                    command, kind, f"{cost.amount:,}", f"{cost.seconds:.1f}",
                    mebibytes(cost.peak_bytes),
                )  # fmt: skip
    return table
