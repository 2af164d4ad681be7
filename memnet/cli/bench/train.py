"""`memnet bench train`: steps of training."""

from typing import TYPE_CHECKING, Annotated

import typer

from memnet.cli.bench.options import Blocks, Features, Out, Recursions
from memnet.cli.bench.tables import limits, mebibytes, memnet_config, print_table

if TYPE_CHECKING:
    from rich.table import Table

    from memnet.bench.ceiling import Ceiling
    from memnet.bench.train import Timing


def train(
    blocks: Blocks = 6,
    recursions: Recursions = 6,
    features: Features = 64,
    batch: Annotated[int, typer.Option(help="Patches a step.", min=1)] = 16,
    patch: Annotated[int, typer.Option(help="Side of a patch in pixels.", min=8)] = 31,
    rounds: Annotated[int, typer.Option(help="Steps of each that are timed.", min=1)] = 5,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    out: Out = None,
) -> None:
    """Time training steps of MemNet: the plain network, and what computes the same faster.

    All take turns in one run, with the device's own limits beside them. On a GPU the precisions
    tf32 and bfloat16 are timed too.
    """
    from memnet.bench.train import Variant, bench_train
    from memnet.files import write_json
    from memnet.progress import progress
    from memnet.seeding import choose_device, environment

    config = memnet_config(blocks, recursions, features)
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
    print_table(_table(title, ceiling, timings))
    if out is not None:
        about = {"network": config.model_dump(), "batch": batch, "patch": patch, "rounds": rounds}
        results = [timing._asdict() for timing in timings]
        write_json(
            out,
            {**about, "environment": environment(target), "ceiling": ceiling._asdict(),
             "variants": results},
        )  # fmt: skip


def _table(title: str, ceiling: "Ceiling", timings: "list[Timing]") -> "Table":
    from rich.table import Table

    table = Table(
        "step", "s", "patches/s", "GFLOP/s", "of ceiling", "speed", "peak MiB", "first s",
        "loss differs", "gradient differs", title=title,
        caption=limits(ceiling),
    )  # fmt: skip
    for t in timings:
        table.add_row(
            t.name, f"{t.seconds:.3f}", f"{t.patches_per_second:.1f}", f"{t.flops / 1e9:.0f}",
            f"{t.share:.0%}", f"{t.speedup:.2f}x", mebibytes(t.peak_bytes),
            f"{t.first_seconds:.1f}", f"{t.loss_error:.1e}", f"{t.gradient_error:.1e}",
        )  # fmt: skip
    return table
