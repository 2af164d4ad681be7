"""`memnet bench restore`: planes restored on the CPU."""

from typing import TYPE_CHECKING, Annotated

import typer

from memnet.cli.bench.options import Blocks, Features, Out, Recursions
from memnet.cli.bench.tables import limits, mebibytes, memnet_config, print_table

if TYPE_CHECKING:
    from rich.table import Table

    from memnet.bench.ceiling import Ceiling
    from memnet.bench.restore import Timing


def restore(
    blocks: Blocks = 6,
    recursions: Recursions = 6,
    features: Features = 64,
    size: Annotated[int, typer.Option(help="Side of the plane in pixels.", min=1)] = 192,
    rounds: Annotated[int, typer.Option(help="Planes of each that are timed.", min=1)] = 5,
    threads: Annotated[
        int | None, typer.Option(help="Threads; by default as many as torch takes.", min=1)
    ] = None,
    out: Out = None,
) -> None:
    """Time MemNet restoring a plane on the CPU: plain, channels last, and folded.

    All take turns in one run, with the processor's own limits beside them. The weights are drawn
    at random: speed does not depend on them, and rounding hardly.
    """
    import torch

    from memnet.bench.restore import CPU, bench_restore
    from memnet.files import write_json
    from memnet.progress import progress
    from memnet.seeding import environment

    if threads is not None:
        torch.set_num_threads(threads)
    config = memnet_config(blocks, recursions, features)
    with progress("bench restore") as show:
        ceiling, timings = bench_restore(config, side=size, rounds=rounds, report=show)
    here = environment(CPU)
    title = f"M{blocks}R{recursions}, {features} features, {size}x{size}, {here['threads']} threads"
    print_table(_table(title, ceiling, timings))
    if out is not None:
        write_json(
            out,
            {"network": config.model_dump(), "size": size, "rounds": rounds,
             "environment": here, "ceiling": ceiling._asdict(),
             "variants": [timing._asdict() for timing in timings]},
        )  # fmt: skip


def _table(title: str, ceiling: "Ceiling", timings: "list[Timing]") -> "Table":
    from rich.table import Table

    table = Table(
        "engine", "s", "Mpixel/s", "GFLOP/s", "of ceiling", "speed", "peak MiB", "output differs",
        "PSNR differs", title=title, caption=limits(ceiling),
    )  # fmt: skip
    for t in timings:
        table.add_row(
            t.name, f"{t.seconds:.3f}", f"{t.megapixels_per_second:.3f}", f"{t.flops / 1e9:.0f}",
            f"{t.share:.0%}", f"{t.speedup:.2f}x", mebibytes(t.peak_bytes), f"{t.error:.1e}",
            f"{t.psnr_error:.1e} dB",
        )  # fmt: skip
    return table
