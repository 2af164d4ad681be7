"""`memnet verify`: whether a fresh run gave the results that this project commits."""

from pathlib import Path
from typing import Annotated

import typer


def verify(
    report: Annotated[
        Path, typer.Argument(metavar="REPORT_JSON", help="The fresh results.")
    ] = Path("reports/html/report.json"),
    reference: Annotated[
        Path | None,
        typer.Option(help="File of expected values (default: reports/reference/<profile>.json)."),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Write the fresh results as the reference instead.")
    ] = False,
) -> None:
    """Compare fresh results with the reference of their profile.

    Exit code 1 when a value is outside its tolerance or missing; each such cell is named.

    Example: memnet verify
    """
    from memnet.files import write_json
    from memnet.results.reference import read_document, read_reference, reference_of, reference_path
    from memnet.results.reference import verify as compared

    document = read_document(report)
    path = reference or reference_path(document)
    if update:
        new = reference_of(document, read_reference(path) if path.exists() else None)
        write_json(path, new.model_dump())
        typer.echo(f"{path}: {len(new.values)} results of the profile {new.profile}")
        return
    result = compared(document, read_reference(path))
    for fault in result.faults:
        typer.echo(fault)
    more = f"; {result.num_new} more without a reference" if result.num_new else ""
    within = result.num_cells - len(result.faults)
    typer.echo(f"{result.num_cells} cells compared with {path}, {within} within tolerance{more}")
    if result.faults:
        raise typer.Exit(1)
