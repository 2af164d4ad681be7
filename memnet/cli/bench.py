"""`memnet bench`: how fast networks train and restore, measured side by side on this machine."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memnet.progress import progress

if TYPE_CHECKING:
    from memnet.bench.ceiling import Measured

PIPED_WIDTH = 130  # columns; a file or a pipe has none of its own
Blocks = Annotated[int, typer.Option(help="Memory blocks M.", min=1)]
Recursions = Annotated[int, typer.Option(help="Recursions R.", min=1)]
Features = Annotated[int, typer.Option(help="Feature maps.", min=1)]
Rounds = Annotated[int, typer.Option(help="Times that each is timed.", min=1)]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="JSON to write.")]

app = typer.Typer(
    help="Measure speed side by side on this machine; run nothing else meanwhile.",
    no_args_is_help=True,
)


@app.command()
def train(
    blocks: Blocks = 6,
    recursions: Recursions = 6,
    features: Features = 64,
    batch: Annotated[int, typer.Option(help="Patches per step.", min=1)] = 16,
    patch: Annotated[int, typer.Option(help="Side of a patch in pixels.", min=8)] = 31,
    rounds: Rounds = 5,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    out: Out = None,
) -> None:
    """Time training steps of MemNet: plain and compiled, in every precision that the device has.

    All take turns in one run, with the device's own limits beside them.

    Example: memnet bench train
    """
    from memnet.bench.train import Variant, bench_train
    from memnet.models.config import MemNetConfig
    from memnet.seeding import choose_device, environment
    from memnet.training.engine import computes_bfloat16

    config = MemNetConfig(
        num_memory_blocks=blocks, num_recursions=recursions, num_features=features
    )
    target = choose_device(device)
    variants = [
        Variant("plain", "plain", False, "float32"),
        Variant("plain, channels last", "plain", True, "float32"),
        Variant("compiled", "compiled", True, "float32"),
    ]
    if computes_bfloat16(target):
        variants += [
            Variant("plain, bfloat16", "plain", True, "bfloat16"),
            Variant("compiled, bfloat16", "compiled", True, "bfloat16"),
        ]
    if target.type == "cuda":
        variants += [
            Variant("plain, tf32", "plain", True, "tf32"),
            Variant("compiled, tf32", "compiled", True, "tf32"),
        ]
    with progress("bench train") as show:
        measured = bench_train(
            config, variants, batch_size=batch, patch_size=patch, rounds=rounds, device=target,
            report=show,
        )  # fmt: skip
    title = f"{config.name}, {features} features, {batch} patches of {patch}x{patch}"
    about = {"network": config.model_dump(), "batch": batch, "patch": patch, "rounds": rounds}
    _show("step", title, measured, out, about | {"environment": environment(target)})


@app.command()
def restore(
    blocks: Blocks = 6,
    recursions: Recursions = 6,
    features: Features = 64,
    size: Annotated[int, typer.Option(help="Side of the plane in pixels.", min=1)] = 192,
    rounds: Rounds = 5,
    threads: Annotated[
        int | None, typer.Option(help="Threads; by default as many as torch takes.", min=1)
    ] = None,
    out: Out = None,
) -> None:
    """Time MemNet restoring a plane on the CPU: plain, channels last, and folded.

    All take turns in one run, with the processor's own limits beside them. The weights are drawn
    at random: speed does not depend on them, and rounding hardly.

    Example: memnet bench restore
    """
    import torch

    from memnet.bench.restore import CPU, bench_restore
    from memnet.models.config import MemNetConfig
    from memnet.seeding import environment

    if threads is not None:
        torch.set_num_threads(threads)
    config = MemNetConfig(
        num_memory_blocks=blocks, num_recursions=recursions, num_features=features
    )
    with progress("bench restore") as show:
        measured = bench_restore(config, side=size, rounds=rounds, report=show)
    here = environment(CPU)
    title = f"{config.name}, {features} features, {size}x{size}, {here['threads']} threads"
    about = {"network": config.model_dump(), "size": size, "rounds": rounds}
    _show("engine", title, measured, out, about | {"environment": here})


COLUMNS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "seconds": ("s", "{:.3f}".format),
    "patches_per_second": ("patches/s", "{:.1f}".format),
    "megapixels_per_second": ("Mpixel/s", "{:.3f}".format),
    "flops": ("GFLOP/s", lambda flops: f"{flops / 1e9:.0f}"),
    "share": ("of ceiling", "{:.0%}".format),
    "speedup": ("speed", "{:.2f}x".format),
    "peak_bytes": ("peak MiB", lambda peak: "-" if peak is None else f"{peak / 2**20:.0f}"),
    "first_seconds": ("first s", "{:.1f}".format),
    "loss_error": ("loss differs", "{:.1e}".format),
    "gradient_error": ("gradient differs", "{:.1e}".format),
    "error": ("output differs", "{:.1e}".format),
    "psnr_error": ("PSNR differs", "{:.1e} dB".format),
}
"""Heading and text of each number of a timing, in the order of the columns."""


def _show(
    what: str, title: str, measured: "Measured", out: Path | None, about: dict[str, Any]
) -> None:
    """Print a table, at least `PIPED_WIDTH` wide into a pipe, and write the numbers as JSON."""
    from rich.console import Console
    from rich.table import Table

    from memnet.files import write_json

    ceiling, variants = measured
    half = f", in bfloat16 {ceiling.bfloat16 / 1e9:.0f}" if ceiling.bfloat16 else ""
    caption = (
        f"ceiling, measured in this run: 3x3 convolution of 64 features "
        f"{ceiling.convolution / 1e9:.0f} GFLOP/s{half}; matrix product "
        f"{ceiling.product / 1e9:.0f} GFLOP/s"
    )
    shown = {name: column for name, column in COLUMNS.items() if name in variants[0]}
    table = Table(what, *(heading for heading, _ in shown.values()), title=title, caption=caption)
    for variant in variants:
        table.add_row(variant["name"], *(text(variant[name]) for name, (_, text) in shown.items()))
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, PIPED_WIDTH)
    console.print(table)
    if out is not None:
        write_json(out, {**about, "ceiling": ceiling._asdict(), "variants": variants})
