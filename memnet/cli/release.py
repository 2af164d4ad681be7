"""`memnet release`: a trained network into a folder that others can use."""

from pathlib import Path
from typing import Annotated

import typer


def release(
    method: Annotated[str, typer.Argument(help="A trained method under results/methods/.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="Folder to write; in memnet/weights/ it is found by name."
        ),
    ],
) -> None:
    """Release a trained network: its weights, its curve, and a model card with its scores.

    The card holds what the pipeline has measured so far; releasing the same weights again adds to
    it.

    Example: memnet release memnet-sr -o memnet/weights/memnet-sr
    """
    from memnet.methods.released import write_release

    results = Path("results")
    scores = write_release(results / "methods" / method, results, out)
    for score in scores:
        typer.echo(
            f"{score.dataset} {score.level}: {score.psnr:.2f} dB, {score.ssim:.4f} "
            f"(input {score.input_psnr:.2f} dB)"
        )
    typer.echo(f"released: {out}")
