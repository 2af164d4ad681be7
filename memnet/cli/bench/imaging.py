"""`memnet bench imaging`: images resized, converted, scored and degraded."""

from typing import TYPE_CHECKING, Annotated

import typer

from memnet.cli.bench.options import Out
from memnet.cli.bench.tables import print_table

if TYPE_CHECKING:
    from rich.table import Table

    from memnet.bench.imaging import Degrading, Timing


def imaging(
    rounds: Annotated[int, typer.Option(help="Calls of each that are timed.", min=1)] = 5,
    images: Annotated[int, typer.Option(help="Images that are degraded.", min=1)] = 100,
    out: Out = None,
) -> None:
    """Time imresize, luminance, PSNR and SSIM beside usual ports, scikit-image and OpenCV.

    Libraries stand only where they compute the same thing. Then images of the size of BSDS500 are
    degraded as `dvc repro` does it, beside how fast they can be decoded at all.
    """
    import torch

    from memnet.bench.imaging import bench_degrading, bench_imaging
    from memnet.files import write_json
    from memnet.progress import progress
    from memnet.seeding import environment

    with progress("bench imaging") as show:
        timings = bench_imaging(rounds=rounds, report=show)
    with progress("bench degrading") as show:
        degrading = bench_degrading(images=images, report=show)
    print_table(_table(timings))
    print_table(_degrading_table(degrading))
    if out is not None:
        write_json(
            out,
            {"rounds": rounds, "environment": environment(torch.device("cpu")),
             "operations": [timing._asdict() for timing in timings],
             "degrading": [one._asdict() for one in degrading]},
        )  # fmt: skip


def _table(timings: "list[Timing]") -> "Table":
    from rich.table import Table

    from memnet.bench.imaging import HEIGHT, OURS, WIDTH

    table = Table(
        "operation", "by", "ms", "over ours", "differs by at most",
        title=f"One image of {WIDTH}x{HEIGHT}",
    )  # fmt: skip
    for t in timings:
        ours = t.implementation == OURS
        table.add_row(
            t.operation if ours else "", t.implementation, f"{1000 * t.seconds:.2f}",
            "" if ours else f"{t.times_ours:.1f}x", "" if ours else f"{t.difference:.1e}",
        )  # fmt: skip
    return table


def _degrading_table(degrading: "list[Degrading]") -> "Table":
    from rich.table import Table

    table = Table(
        "degraded at every level and written", "images", "images/s", "of decoding by one core",
        title="Degrading",
        caption=f"one core decodes {degrading[0].decoded_per_second:.0f} JPEG images/s",
    )  # fmt: skip
    for one in degrading:
        table.add_row(
            one.task, str(one.images), f"{one.per_second:.0f}",
            f"{one.per_second / one.decoded_per_second:.0%}",
        )  # fmt: skip
    return table
