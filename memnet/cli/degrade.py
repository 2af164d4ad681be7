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
        Path, typer.Option("--out", "-o", help="File to write; a folder for more than one image.")
    ],
    scale: Scale = None,
    sigma: Sigma = None,
    quality: Quality = None,
    seed: Seed = 0,
    low_resolution: Annotated[
        bool, typer.Option("--low-resolution", help="Write the shrunken image, not enlarged again.")
    ] = False,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="png (8 bits), npy or tiff (floats in units of 255 = 1, neither rounded nor "
            "clipped). By default as the suffix of a file says, png for a folder.",
        ),
    ] = None,
) -> None:
    """Degrade the luminance of images as the paper does, and score what is written.

    A PNG holds 8 bits: what the protocol neither rounds nor clips, as the noise of denoising, is
    rounded and clipped there. npy and tiff keep it as it is.
    """
    import numpy as np

    from memnet.errors import InputError
    from memnet.imaging.metrics import psnr_b
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
    suffix = _suffix(format_, out if single else None)
    faults = _require_goals(images, out, suffix)
    scores, blocky, num_clipped = [], [], 0
    for name, plane in _planes(images, protocol, faults):
        pair = protocol.degrade(plane, level, seed=seed)
        unit = to_unit(pair.degraded)
        goal = out if single else out / f"{name}{suffix}"
        small = shrunken(pair.target, level).astype(np.float32) if low_resolution else None
        written = _write(goal, unit if small is None else small)
        scored = unit if low_resolution else written
        scores.append(protocol.score(scored, pair.target, level))
        num_clipped += bool(((unit < 0) | (unit > 1)).any()) and suffix == PNG
        if task == "jpeg_deblocking":
            blocky.append(psnr_b(pair.degraded, pair.target, data_range=255))
    if scores:
        psnr, ssim = np.mean(scores, axis=0)
        number = "" if single else f" (mean of {len(scores)} images)"
        extra = f", PSNR-B {np.mean(blocky):.2f} dB" if blocky else ""
        typer.echo(protocol.sentence)
        if num_clipped and task == "denoising":
            typer.echo(
                "The files hold 8 bits: their noise was clipped and rounded, which the protocol "
                "does not do; the score is that of the files. --format npy or tiff keeps it."
            )
        typer.echo(f"PSNR {psnr:.2f} dB, SSIM {ssim:.4f}{extra}{number}: {out}")
    if faults:
        typer.echo(f"{len(faults)} not degraded, as said above", err=True)
        raise typer.Exit(1)


PNG = ".png"
SUFFIXES = {"png": PNG, "npy": ".npy", "tiff": ".tiff"}


def _suffix(format_: str | None, file: Path | None) -> str:
    """The suffix that files get: of the format, or else of the one file that is written."""
    from memnet.errors import InputError

    if format_ is not None and format_ not in SUFFIXES:
        raise InputError(f"--format must be one of {', '.join(SUFFIXES)}, got {format_!r}")
    if file is None:
        return SUFFIXES[format_ or "png"]
    given = {".tif": ".tiff"}.get(file.suffix.lower(), file.suffix.lower())
    if given not in SUFFIXES.values() or (format_ and SUFFIXES[format_] != given):
        wanted = SUFFIXES[format_] if format_ else f"{PNG}, .npy or .tiff"
        raise InputError(f"--out must be a {wanted} file for one image, got {file}")
    return given


def _write(goal: Path, unit: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Write a plane in units of 255 = 1, and return it as the file holds it."""
    from memnet.imaging.io import write_png
    from memnet.imaging.rounding import to_uint8
    from memnet.imaging.unrounded import write_plane
    from memnet.tasks.task import to_unit

    if goal.suffix.lower() != PNG:
        write_plane(goal, unit)
        return unit
    rounded = to_uint8(unit * 255.0)
    write_png(goal, rounded)
    return to_unit(rounded)


def _require_goals(images: str, out: Path, suffix: str) -> dict[Path, str]:
    """Images of a kind that is not read, each with a sentence.

    Raises
    ------
    InputError : two images would become one file, or one would be overwritten
    """
    from memnet.errors import InputError
    from memnet.imaging.listing import image_files, unread_among

    path = Path(images)
    if not path.exists():
        return {}  # a dataset, whose images have different names and lie elsewhere
    files = image_files(path)
    sources: dict[str, Path] = {}
    for file in files:
        other = sources.setdefault(file.stem, file)
        if other != file:
            raise InputError(
                f"{path} must hold one image of each name, got {other.name} and {file.name}"
            )
        goal = out if path.is_file() else out / f"{file.stem}{suffix}"
        if goal.exists() and any(goal.samefile(source) for source in files):
            raise InputError(
                f"{goal} must not be overwritten, it is an image to be degraded: give another --out"
            )
    faults = unread_among(path.iterdir()) if path.is_dir() else {}
    for fault in faults.values():
        typer.echo(f"not degraded: {fault}", err=True)
    return faults


def _planes(
    images: str, task: "Task", faults: dict[Path, str]
) -> Iterator[tuple[str, "NDArray[np.uint8]"]]:
    """Name and plane of each image of a file, a folder or a dataset.

    An image of a folder that cannot be read is told, entered in `faults` and left out.
    """
    from memnet.data.catalog import load_catalog
    from memnet.data.fetch import fetched_folder
    from memnet.data.planes import MIN_SIDE, dataset_planes
    from memnet.errors import InputError
    from memnet.imaging.io import read_image
    from memnet.imaging.listing import image_files
    from memnet.progress import progress

    if Path(images).exists():
        for file in image_files(Path(images)):
            try:
                image = read_image(file, min_side=MIN_SIDE)
            except InputError as error:
                if Path(images).is_file():
                    raise
                faults[file] = str(error)
                typer.echo(f"not degraded: {error}", err=True)
                continue
            yield file.stem, task.plane(image)
        return
    catalog = load_catalog()
    if images not in catalog.datasets:
        raise InputError(f"{images} must be an image, a folder or a dataset, got none of them")
    with progress(f"fetch {images}") as show:
        folder = fetched_folder(images, catalog, show)
    yield from dataset_planes(catalog, images, folder, task)
