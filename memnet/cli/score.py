"""`memnet score`: any method, measured by the protocol of the paper."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memnet.cli.levels import Layout, Quality, Scale, Seed, Sigma, TaskOption, task_at_level

if TYPE_CHECKING:
    from memnet.evaluation.score import Scored


def score(
    dataset: Annotated[str, typer.Option(help="An id that `memnet dataset list` shows.")],
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of restored images, paired with targets by name: baby_x2_SR.png and baby."
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="Instead of a folder: a function or network of PyTorch module:name (plane in, "
            "plane out), a released network or one of results/methods, authors' weights "
            "(vdsr-official, dncnn3, arcnn, lapsrn), a file of weights (.mat, .caffemodel, .pth, "
            ".safetensors), or input."
        ),
    ] = None,
    network: Layout = None,
    task: TaskOption = None,
    scale: Scale = None,
    sigma: Sigma = None,
    quality: Quality = None,
    seed: Seed = 0,
    whole: Annotated[
        bool, typer.Option("--whole", help="Give a network whole images, not the official tiles.")
    ] = False,
    parallel: Annotated[
        bool, typer.Option("--parallel", help="Run a function on all cores, one process each.")
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option(help="Folder for the restored images: PNG for super_resolution, else TIFF."),
    ] = None,
    rows: Annotated[Path | None, typer.Option(help="CSV to write, one row per image.")] = None,
) -> None:
    """Score restored images, a Python function or a network as the paper's tables are scored.

    A function is given the degraded luminance (H, W) float32 in units of 255 = 1, and the level
    where it takes a second argument; it returns the restored one. A module of PyTorch is given
    (1, 1, H, W).

    Example: memnet score RESULTS/ --scale 3 --dataset set5
    """
    from memnet.errors import InputError
    from memnet.evaluation.score import Score, score_folder, score_method
    from memnet.published.cells import load_published
    from memnet.results.rows import write_rows

    task, level = task_at_level(task, scale=scale, sigma=sigma, quality=quality)
    what = Score(task, dataset, level, seed)
    if (folder is None) == (method is None):
        raise InputError("give either a FOLDER of restored images or --method, not both or none")
    if folder is not None:
        if whole or parallel or network or save:
            raise InputError(
                "--whole, --parallel, --network and --save have no meaning for a folder of images"
            )
        result = score_folder(what, folder)
    else:
        result = score_method(
            what, str(method), whole=whole, parallel=parallel, layout=network, save=save
        )
    if rows is not None:
        write_rows(rows, result.rows)
    published, recalled = load_published().rows(task, dataset, level)
    _show(result, published)
    if recalled:
        typer.echo(f"Published, but known from memory alone, so not shown: {', '.join(recalled)}.")


def _show(result: "Scored", published: "Mapping[str, tuple[float | None, float | None]]") -> None:
    """The user's rows, with the paper's below them."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    rows, inputs = result.rows, result.inputs
    title = escape(str(rows.method.iloc[0]))  # a name may hold brackets
    table = Table("image", "PSNR", "SSIM", "input PSNR", "gain", title=title)
    columns = (rows.image, rows.psnr, rows.ssim, inputs.psnr)
    for image, psnr, ssim, before in zip(*columns, strict=True):
        table.add_row(escape(str(image)), *_numbers(psnr, ssim, before))
    table.add_section()
    means = _numbers(rows.psnr.mean(), rows.ssim.mean(), inputs.psnr.mean())
    table.add_row(f"mean of {len(rows)}", *means)
    table.add_section()
    for method, (psnr, ssim) in published.items():
        shown = ("" if psnr is None else f"{psnr:.2f}", "" if ssim is None else f"{ssim:.4f}")
        table.add_row(f"{method}, published", *shown, "", "")
    Console().print(table)
    for sentence in (result.protocol, *result.notes):
        Console().print(sentence, style="dim", markup=False, highlight=False)


def _numbers(psnr: float, ssim: float, before: float) -> tuple[str, str, str, str]:
    """PSNR, SSIM, PSNR of the input, and how much more it became."""
    gain = 0.0 if psnr == before else psnr - before  # both may be infinite
    return f"{psnr:.2f}", f"{ssim:.4f}", f"{before:.2f}", f"{gain:+.2f}"
