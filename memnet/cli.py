"""The console command `memnet`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from memnet.errors import InputError

app = typer.Typer(
    help="MemNet (ICCV 2017) reproduced: data and degradations under the paper's protocols.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def datasets() -> None:
    """List the datasets of the catalogue."""
    from memnet.data.catalog import load_catalog

    table = Table("id", "images", "role", "title", "licence")
    for dataset in load_catalog():
        table.add_row(dataset.id, str(dataset.count), dataset.role, dataset.title, dataset.licence)
    Console().print(table)


@app.command()
def fetch(
    dataset: Annotated[str, typer.Argument(help="An id that `memnet datasets` lists.")],
    out: Annotated[Path, typer.Option(help="Folder for the verified files.")],
) -> None:
    """Fetch and verify the files of one dataset.

    MEMNET_MIRROR=<folder> names a local copy that is tried before the network.
    """
    from memnet.data.catalog import load_catalog
    from memnet.data.fetch import fetch as fetch_files

    mirror = os.environ.get("MEMNET_MIRROR")
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(dataset)

        def show(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total)

        fetch_files(dataset, out, load_catalog(), Path(mirror) if mirror else None, show)


@app.command()
def degrade(
    image: Annotated[Path, typer.Argument(help="An 8-bit grey or RGB image.")],
    task: Annotated[str, typer.Option(help="super_resolution, denoising or jpeg_deblocking.")],
    level: Annotated[int, typer.Option(help="Scale, sigma (0 to 255) or JPEG quality.")],
    out: Annotated[Path, typer.Option(help="PNG to write: the degraded plane, rounded.")],
    seed: Annotated[int, typer.Option(help="Of the noise.", min=0)] = 0,
) -> None:
    """Degrade the luminance of an image as the paper does, and score the result."""
    import numpy as np

    from memnet.imaging.io import read_image, write_png
    from memnet.imaging.metrics import psnr_b
    from memnet.imaging.rounding import to_uint8
    from memnet.tasks import task_named
    from memnet.tasks.task import to_unit

    protocol = task_named(task)
    plane = protocol.plane(read_image(image, min_side=32))
    pair = protocol.degrade(plane, level, seed=seed)
    unit = to_unit(pair.degraded)
    score = protocol.score(unit, pair.target, level)
    write_png(out, to_uint8(unit * np.float32(255)))
    typer.echo(f"{protocol.sentence}\nPSNR {score.psnr:.2f} dB, SSIM {score.ssim:.4f}: {out}")
    if protocol.name == "jpeg_deblocking":
        typer.echo(f"PSNR-B {psnr_b(pair.degraded, pair.target, data_range=255):.2f} dB")


def main() -> None:
    """Run the command; a user's error is one line on stderr and exit code 1."""
    try:
        app()
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
