"""`memnet explain`: why a PSNR differs from the published one."""

from collections.abc import Iterable
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from memnet.cli.levels import Quality, Scale, Sigma, TaskOption, task_and_level, task_at_level
from memnet.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from memnet.explanation.variants import Explanation, Row

T = TypeVar("T")

PAPER_TABLE = {"denoising": 3, "super_resolution": 4, "jpeg_deblocking": 5}
PIPED_WIDTH = 100  # columns; a file or a pipe has none of its own
NEAR = 0.05  # dB; a reported number that is farther from every variant has another cause


def explain(
    restored: Annotated[
        Path, typer.Argument(metavar="RESTORED", help="Restored image, or a folder of them.")
    ],
    target: Annotated[
        Path | None,
        typer.Argument(
            metavar="TARGET",
            help="Its target, or a folder of targets, paired by names. Without it, RESTORED is "
            "taken to be the target, and ways to degrade it are compared.",
        ),
    ] = None,
    task: TaskOption = None,
    scale: Scale = None,
    sigma: Sigma = None,
    quality: Quality = None,
    reported: Annotated[
        float | None, typer.Option(help="A PSNR in dB that you were told: what comes nearest?")
    ] = None,
) -> None:
    """Why is my PSNR different? The same images, measured the ways that people mix up.

    `memnet explain RESTORED TARGET --scale 3` compares ways to score a result.

    `memnet explain TARGET --scale 3` compares ways to degrade a target.

    Example: memnet explain mine.png target.png --scale 3 --reported 32.46
    """
    from rich.console import Console

    from memnet.data.planes import MIN_SIDE
    from memnet.data.reading import turned_notes
    from memnet.explanation.degradations import degradations
    from memnet.explanation.images import paired_files, read_pair
    from memnet.explanation.scores import scores
    from memnet.imaging.io import image_facts, read_image
    from memnet.imaging.listing import image_files, unread_among
    from memnet.tasks import task_named

    if reported is not None and not isfinite(reported):
        raise InputError(f"--reported must be a PSNR in dB, got {reported}")
    task, given = task_and_level(task, scale=scale, sigma=sigma, quality=quality)
    if target is None or task == "super_resolution":
        task, given = task_at_level(task, scale=scale, sigma=sigma, quality=quality)
    protocol, level = task_named(task), given or 0  # scoring ignores it, but for super-resolution
    if target is None:
        files = image_files(restored)
        images = (read_image(file, min_side=MIN_SIDE) for file in _tracked(files))
        explanation = degradations(images, protocol, level)
        about_files = turned_notes([file.name for file in files if image_facts(file).turned])
    else:
        both = paired_files(restored, target, protocol, level)
        about_files = both.notes
        tracked = _tracked(both.pairs)
        pairs = (read_pair(*pair, protocol, level, both.step) for pair in tracked)
        explanation = scores(pairs, protocol, level)
    notes = about_files + _notes(explanation, task, scoring=target is not None)
    if reported is not None:
        notes.append(_nearest(explanation.rows, reported))
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, PIPED_WIDTH)
    console.print(_table(explanation, PAPER_TABLE[task]))
    for note in (f"The paper: {protocol.sentence}", *notes):
        console.print(note, markup=False, highlight=False)
    unread = [path for folder in (restored, target) if folder and folder.is_dir()
              for path in unread_among(folder.iterdir()).values()]  # fmt: skip
    for sentence in unread:
        typer.echo(f"left out: {sentence}", err=True)
    if unread:
        raise typer.Exit(1)


def _tracked(items: list[T]) -> Iterable[T]:
    """The items, with a bar on stderr that goes away, where there are several."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if len(items) == 1 or not console.is_terminal:
        return items
    return track(items, "explain", console=console, transient=True)


def _table(explanation: "Explanation", number: int) -> "Table":
    """One row per variant, with its differences from the paper's."""
    from rich import box
    from rich.table import Table

    images = f"mean of {explanation.images} images" if explanation.images > 1 else "1 image"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(images)
    for heading in ("PSNR", "differs", "SSIM", "differs"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("met in")
    paper, *others = explanation.rows
    table.add_row(
        paper.name, f"{paper.psnr:.2f}", "", f"{paper.ssim:.4f}", "",
        f"<- the paper, Table {number}", style="bold",
    )  # fmt: skip
    for row in others:
        table.add_row(
            row.name, f"{row.psnr:.2f}", _difference(row.psnr, paper.psnr, 3),
            f"{row.ssim:.4f}", _difference(row.ssim, paper.ssim, 4), row.met_in,
        )  # fmt: skip
    return table


def _difference(value: float, papers: float, digits: int) -> str:
    """How much more than the paper's, with its sign; never a negative nothing."""
    difference = 0.0 if value == papers else value - papers  # both may be infinite
    return f"{difference:+z.{digits}f}"


def _notes(explanation: "Explanation", task: str, *, scoring: bool) -> list[str]:
    """What the reader should know about the images, a sentence each."""
    _, images, grey, planes, photos = explanation
    notes = {
        "It scores the result before that is rounded; these files hold 8 bits.": (
            scoring and task != "super_resolution"
        ),
        f"Grey results of RGB targets: {planes} of {images}. Each is taken to be the plane of the "
        "first row; a row of another colour converts its target alone.": planes,
        f"Grey photos as results: {photos} of {images}. Their luminance is scored.": photos,
        "The images are grey: rows of other colours would repeat the first.": grey == images,
        f"Grey targets: {grey} of {images}. Colour makes no difference to them.": 0 < grey < images,
        "These are the inputs; what a network makes of them can differ by more.": not scoring,
    }
    return [note for note, holds in notes.items() if holds]


def _nearest(rows: "list[Row]", reported: float) -> str:
    """One sentence: the variants whose PSNR is nearest to the reported one."""
    from memnet.explanation.variants import closest

    found = closest(rows, reported)
    names = "; ".join(f"{row.name} ({row.psnr:.2f} dB)" for row in found)
    if abs(found[0].psnr - reported) > NEAR:
        return f"No row gives {reported:.2f} dB, so that it has another cause; nearest: {names}."
    return f"{reported:.2f} dB is what this gives: {names}."
