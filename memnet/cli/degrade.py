"""`memnet degrade`: images, degraded as the paper does it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memnet.cli.levels import Quality, Scale, Seed, Sigma, TaskOption, chosen_level

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memnet.tasks.task import Task


def degrade(
    images: Annotated[
        str, typer.Argument(help="An 8-bit grey or RGB image, a folder of them, or a dataset's id.")
    ],
    task: TaskOption,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="PNG to write; a folder for more than one image.")
    ],
    scale: Scale = None,
    sigma: Sigma = None,
    quality: Quality = None,
    seed: Seed = 0,
    low_resolution: Annotated[
        bool, typer.Option("--low-resolution", help="Write the shrunken image, not enlarged again.")
    ] = False,
) -> None:
    """Degrade the luminance of images as the paper does, and score the result.

    A PNG holds 8 bits: what the protocol does not round is rounded there.
    """
    import numpy as np

    from memnet.errors import InputError
    from memnet.imaging.io import write_png
    from memnet.imaging.metrics import psnr_b
    from memnet.imaging.rounding import to_uint8
    from memnet.tasks import task_named
    from memnet.tasks.super_resolution import low_resolution as shrunken
    from memnet.tasks.task import to_unit

    protocol = task_named(task)
    level = chosen_level(task, scale=scale, sigma=sigma, quality=quality)
    if low_resolution and task != "super_resolution":
        raise InputError(f"--low-resolution has no meaning for {task}")
    if seed and not protocol.random:
        raise InputError(f"--seed has no meaning for {task}, which draws no noise")
    single = Path(images).is_file()
    _require_goals(images, out)
    scores, blocky = [], []
    for name, plane in _planes(images, protocol):
        pair = protocol.degrade(plane, level, seed=seed)
        unit = to_unit(pair.degraded)
        scores.append(protocol.score(unit, pair.target, level))
        if task == "jpeg_deblocking":
            blocky.append(psnr_b(pair.degraded, pair.target, data_range=255))
        written = shrunken(pair.target, level) if low_resolution else unit
        goal = out if single else out / f"{name}.png"
        write_png(goal, to_uint8(written * 255.0))
    psnr, ssim = np.mean(scores, axis=0)
    number = "" if single else f" (mean of {len(scores)} images)"
    extra = f", PSNR-B {np.mean(blocky):.2f} dB" if blocky else ""
    typer.echo(f"{protocol.sentence}\nPSNR {psnr:.2f} dB, SSIM {ssim:.4f}{extra}{number}: {out}")


def _require_goals(images: str, out: Path) -> None:
    """Raise InputError unless every image has a goal of its own that is none of the images."""
    from memnet.errors import InputError
    from memnet.imaging.listing import image_files

    path = Path(images)
    if path.is_file() and out.suffix.lower() != ".png":
        raise InputError(f"--out must be a .png file for one image, got {out}")
    if not path.exists():
        return  # a dataset, whose images have different names and lie elsewhere
    files = image_files(path)
    sources: dict[str, Path] = {}
    for file in files:
        other = sources.setdefault(file.stem, file)
        if other != file:
            raise InputError(
                f"{path} must hold one image of each name, got {other.name} and {file.name}"
            )
        goal = out if path.is_file() else out / f"{file.stem}.png"
        if goal.exists() and any(goal.samefile(source) for source in files):
            raise InputError(
                f"{goal} must not be overwritten, it is an image to be degraded: give another --out"
            )


def _planes(images: str, task: "Task") -> Iterator[tuple[str, "NDArray[np.uint8]"]]:
    """Name and plane of each image of a file, a folder or a dataset."""
    from memnet.data.catalog import load_catalog
    from memnet.data.fetch import fetched_folder
    from memnet.data.planes import MIN_SIDE, dataset_planes
    from memnet.errors import InputError
    from memnet.imaging.io import read_image
    from memnet.imaging.listing import image_files
    from memnet.progress import progress

    if Path(images).exists():
        for file in image_files(Path(images)):
            yield file.stem, task.plane(read_image(file, min_side=MIN_SIDE))
        return
    catalog = load_catalog()
    if images not in catalog.datasets:
        raise InputError(f"{images} must be an image, a folder or a dataset, got none of them")
    with progress(f"fetch {images}") as show:
        folder = fetched_folder(images, catalog, show)
    yield from dataset_planes(catalog, images, folder, task)
