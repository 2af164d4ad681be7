"""`memnet export`: a network as one file for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from memnet.cli.levels import Layout, Quality, Scale


def export(
    method: Annotated[str, typer.Argument(help="A network, as --method of `memnet restore`.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A .onnx or .pt2 file to write.")],
    network: Layout = None,
    scale: Scale = None,
    quality: Quality = None,
) -> None:
    """Write a network as ONNX, or as a program of torch.export, with free height and width.

    Its input is luminance (N, 1, H, W) in [0, 1]: for super-resolution enlarged by bicubic
    interpolation, but for LapSRN, which enlarges by itself. --scale or --quality chooses the
    weights of LapSRN and ARCNN.

    Example: memnet export memnet-small-sr -o net.onnx
    """
    from memnet.errors import InputError
    from memnet.inference.export import export_network
    from memnet.methods.networks import load_network
    from memnet.models.network import at_level
    from memnet.models.per_level import PerLevel

    found = load_network(method, network)
    level = scale if scale is not None else quality
    if isinstance(found.network, PerLevel) != (level is not None) or None not in (scale, quality):
        levels = ", ".join(getattr(found.network, "levels", {}))
        wanted = f"one of its levels ({levels})" if levels else "neither --scale nor --quality"
        raise InputError(f"{found.name} must be given {wanted}")
    export_network(at_level(found.network, level or 0), out)
    typer.echo(f"{found.name}: {out}")
