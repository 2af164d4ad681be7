"""`memnet release`: a trained network into the weights that come with the project."""

from pathlib import Path
from typing import Annotated

import typer


def release(
    method: Annotated[str, typer.Argument(help="A trained method under results/methods/.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to write (default: weights/METHOD).")
    ] = None,
) -> None:
    """Release a trained network: its weights, its curve, and a model card with its scores.

    The card holds what the pipeline has measured so far; releasing the same weights again adds to
    it.
    """
    from memnet.methods.released import write_release

    folder = out or Path("weights") / method
    results = Path("results")
    scores = write_release(results / "methods" / method, results, folder)
    for score in scores:
        typer.echo(
            f"{score.dataset} {score.level}: {score.psnr:.2f} dB, {score.ssim:.4f} "
            f"(input {score.input_psnr:.2f} dB)"
        )
    typer.echo(f"released: {folder}")
