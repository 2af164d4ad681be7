"""`memnet bench`: how fast networks train and restore, measured side by side on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from memnet.bench.ceiling import Ceiling

PIPED_WIDTH = 130  # columns; a file or a pipe has none of its own
Blocks = Annotated[int, typer.Option(help="Memory blocks M.", min=1)]
Recursions = Annotated[int, typer.Option(help="Recursions R.", min=1)]
Features = Annotated[int, typer.Option(help="Feature maps.", min=1)]
Rounds = Annotated[int, typer.Option(help="Times that each is timed.", min=1)]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="JSON to write.")]

app = typer.Typer(help="Measure speed side by side on this machine.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure speed side by side on this machine; run nothing else meanwhile."""


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
    """Time training steps of MemNet: plain, channels last and compiled.

    All take turns in one run, with the device's own limits beside them. On a GPU the precisions
    tf32 and bfloat16 are timed too.
    """
    from memnet.bench.train import Variant, bench_train
    from memnet.models.config import MemNetConfig
    from memnet.progress import progress
    from memnet.seeding import choose_device, environment

    config = MemNetConfig(
        num_memory_blocks=blocks, num_recursions=recursions, num_features=features
    )
    target = choose_device(device)
    variants = [
        Variant("plain", "plain", False, "float32"),
        Variant("plain, channels last", "plain", True, "float32"),
        Variant("compiled", "compiled", True, "float32"),
    ]
    if target.type == "cuda":
        variants += [
            Variant("plain, tf32", "plain", True, "tf32"),
            Variant("compiled, tf32", "compiled", True, "tf32"),
            Variant("compiled, bfloat16", "compiled", True, "bfloat16"),
        ]
    with progress("bench train") as show:
        ceiling, timings = bench_train(
            config, variants, batch_size=batch, patch_size=patch, rounds=rounds, device=target,
            report=show,
        )  # fmt: skip
    rows = [
        {
            "step": t.name, "s": f"{t.seconds:.3f}", "patches/s": f"{t.patches_per_second:.1f}",
            "GFLOP/s": f"{t.flops / 1e9:.0f}", "of ceiling": f"{t.share:.0%}",
            "speed": f"{t.speedup:.2f}x", "peak MiB": _mebibytes(t.peak_bytes),
            "first s": f"{t.first_seconds:.1f}", "loss differs": f"{t.loss_error:.1e}",
            "gradient differs": f"{t.gradient_error:.1e}",
        }
        for t in timings
    ]  # fmt: skip
    title = f"{config.name}, {features} features, {batch} patches of {patch}x{patch}"
    about = {"network": config.model_dump(), "batch": batch, "patch": patch, "rounds": rounds}
    _show(rows, title, ceiling, out, about | {"environment": environment(target)}, timings)


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
    """
    import torch

    from memnet.bench.restore import CPU, bench_restore
    from memnet.models.config import MemNetConfig
    from memnet.progress import progress
    from memnet.seeding import environment

    if threads is not None:
        torch.set_num_threads(threads)
    config = MemNetConfig(
        num_memory_blocks=blocks, num_recursions=recursions, num_features=features
    )
    with progress("bench restore") as show:
        ceiling, timings = bench_restore(config, side=size, rounds=rounds, report=show)
    rows = [
        {
            "engine": t.name, "s": f"{t.seconds:.3f}", "Mpixel/s": f"{t.megapixels_per_second:.3f}",
            "GFLOP/s": f"{t.flops / 1e9:.0f}", "of ceiling": f"{t.share:.0%}",
            "speed": f"{t.speedup:.2f}x", "peak MiB": _mebibytes(t.peak_bytes),
            "output differs": f"{t.error:.1e}", "PSNR differs": f"{t.psnr_error:.1e} dB",
        }
        for t in timings
    ]  # fmt: skip
    here = environment(CPU)
    title = f"{config.name}, {features} features, {size}x{size}, {here['threads']} threads"
    about = {"network": config.model_dump(), "size": size, "rounds": rounds}
    _show(rows, title, ceiling, out, about | {"environment": here}, timings)


def _show(
    rows: list[dict[str, str]],
    title: str,
    ceiling: "Ceiling",
    out: Path | None,
    about: dict[str, Any],
    timings: list[Any],
) -> None:
    """Print a table, as wide as it wants to be into a file, and write the numbers as JSON."""
    from rich.console import Console
    from rich.table import Table

    from memnet.files import write_json

    caption = (
        f"ceiling, measured in this run: 3x3 convolution of 64 features "
        f"{ceiling.convolution / 1e9:.0f} GFLOP/s; matrix product "
        f"{ceiling.product / 1e9:.0f} GFLOP/s"
    )
    table = Table(*rows[0], title=title, caption=caption)
    for row in rows:
        table.add_row(*row.values())
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, PIPED_WIDTH)
    console.print(table)
    if out is not None:
        variants = [timing._asdict() for timing in timings]
        write_json(out, {**about, "ceiling": ceiling._asdict(), "variants": variants})


def _mebibytes(peak: int | None) -> str:
    return "-" if peak is None else f"{peak / 2**20:.0f}"
