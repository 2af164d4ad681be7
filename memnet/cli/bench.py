"""`memnet bench`: how fast things are, measured side by side on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from memnet.inference import bench as restoring
    from memnet.models.config import MemNetConfig
    from memnet.training import bench as training

PIPED_WIDTH = 130  # columns; a file or a pipe has none of its own

app = typer.Typer(help="Measure speed side by side on this machine.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure speed side by side on this machine; leave it alone meanwhile."""


@app.command()
def train(
    blocks: Annotated[int, typer.Option(help="Memory blocks M.", min=1)] = 6,
    recursions: Annotated[int, typer.Option(help="Recursions R.", min=1)] = 6,
    features: Annotated[int, typer.Option(help="Feature maps.", min=1)] = 64,
    batch: Annotated[int, typer.Option(help="Patches a step.", min=1)] = 16,
    patch: Annotated[int, typer.Option(help="Side of a patch in pixels.", min=8)] = 31,
    rounds: Annotated[int, typer.Option(help="Steps of each that are timed.", min=1)] = 5,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="JSON to write.")] = None,
) -> None:
    """Time training steps of MemNet: the plain network, and what computes the same faster.

    All take turns in one run, with the device's own limits beside them. On a GPU the precisions
    tf32 and bfloat16 are timed too.
    """
    from memnet.files import write_json
    from memnet.progress import progress
    from memnet.seeding import choose_device, environment
    from memnet.training.bench import Variant, bench_train

    config = _config(blocks, recursions, features)
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
    title = f"M{blocks}R{recursions}, {features} features, {batch} patches of {patch}x{patch}"
    _print(_train_table(title, ceiling, timings))
    if out is not None:
        about = {"network": config.model_dump(), "batch": batch, "patch": patch, "rounds": rounds}
        results = [timing._asdict() for timing in timings]
        write_json(
            out,
            {**about, "environment": environment(target), "ceiling": ceiling._asdict(),
             "variants": results},
        )  # fmt: skip


@app.command()
def restore(
    blocks: Annotated[int, typer.Option(help="Memory blocks M.", min=1)] = 6,
    recursions: Annotated[int, typer.Option(help="Recursions R.", min=1)] = 6,
    features: Annotated[int, typer.Option(help="Feature maps.", min=1)] = 64,
    size: Annotated[int, typer.Option(help="Side of the plane in pixels.", min=1)] = 192,
    rounds: Annotated[int, typer.Option(help="Planes of each that are timed.", min=1)] = 5,
    threads: Annotated[
        int | None, typer.Option(help="Threads; by default as many as torch takes.", min=1)
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="JSON to write.")] = None,
) -> None:
    """Time MemNet restoring a plane on the CPU: plain, channels last, and folded.

    All take turns in one run, with the processor's own limits beside them. The weights are drawn
    at random: speed does not depend on them, and rounding hardly.
    """
    import torch

    from memnet.files import write_json
    from memnet.inference.bench import CPU, bench_restore
    from memnet.progress import progress
    from memnet.seeding import environment

    if threads is not None:
        torch.set_num_threads(threads)
    config = _config(blocks, recursions, features)
    with progress("bench restore") as show:
        ceiling, timings = bench_restore(config, side=size, rounds=rounds, report=show)
    here = environment(CPU)
    title = f"M{blocks}R{recursions}, {features} features, {size}x{size}, {here['threads']} threads"
    _print(_restore_table(title, ceiling, timings))
    if out is not None:
        write_json(
            out,
            {"network": config.model_dump(), "size": size, "rounds": rounds,
             "environment": here, "ceiling": ceiling._asdict(),
             "variants": [timing._asdict() for timing in timings]},
        )  # fmt: skip


def _config(blocks: int, recursions: int, features: int) -> "MemNetConfig":
    from memnet.models.config import MemNetConfig

    return MemNetConfig(
        num_memory_blocks=blocks, num_recursions=recursions, num_features=features,
        multi_supervised=True, long_term=True, short_term=True, initialization="official",
    )  # fmt: skip


def _print(table: "Table") -> None:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, PIPED_WIDTH)
    console.print(table)


def _limits(ceiling: "training.Ceiling") -> str:
    return (
        f"ceiling, measured in this run: 3x3 convolution of 64 features "
        f"{ceiling.convolution / 1e9:.0f} GFLOP/s; matrix product "
        f"{ceiling.product / 1e9:.0f} GFLOP/s"
    )


def _mebibytes(peak: int | None) -> str:
    return "-" if peak is None else f"{peak / 2**20:.0f}"


def _train_table(
    title: str, ceiling: "training.Ceiling", timings: "list[training.Timing]"
) -> "Table":
    from rich.table import Table

    table = Table(
        "step", "s", "patches/s", "GFLOP/s", "of ceiling", "speed", "peak MiB", "first s",
        "loss differs", "gradient differs", title=title,
        caption=_limits(ceiling),
    )  # fmt: skip
    for t in timings:
        table.add_row(
            t.name, f"{t.seconds:.3f}", f"{t.patches_per_second:.1f}", f"{t.flops / 1e9:.0f}",
            f"{t.share:.0%}", f"{t.speedup:.2f}x", _mebibytes(t.peak_bytes),
            f"{t.first_seconds:.1f}", f"{t.loss_error:.1e}", f"{t.gradient_error:.1e}",
        )  # fmt: skip
    return table


def _restore_table(
    title: str, ceiling: "training.Ceiling", timings: "list[restoring.Timing]"
) -> "Table":
    from rich.table import Table

    table = Table(
        "engine", "s", "Mpixel/s", "GFLOP/s", "of ceiling", "speed", "peak MiB", "output differs",
        "PSNR differs", title=title, caption=_limits(ceiling),
    )  # fmt: skip
    for t in timings:
        table.add_row(
            t.name, f"{t.seconds:.3f}", f"{t.megapixels_per_second:.3f}", f"{t.flops / 1e9:.0f}",
            f"{t.share:.0%}", f"{t.speedup:.2f}x", _mebibytes(t.peak_bytes), f"{t.error:.1e}",
            f"{t.psnr_error:.1e} dB",
        )  # fmt: skip
    return table
