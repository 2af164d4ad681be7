"""`memnet dataset`: the catalogue of images and weights."""

import os
from pathlib import Path
from typing import Annotated

import typer

from memnet.progress import progress

app = typer.Typer(help="List, fetch, check, add and remove datasets.", no_args_is_help=True)


@app.command("list")
def list_datasets() -> None:
    """List the datasets of the catalogue.

    Example: memnet dataset list
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from memnet.data.catalog import load_catalog

    table = Table("id", "images", "role", "title", "licence")
    for dataset in load_catalog():
        texts = (dataset.id, str(dataset.count), dataset.role, dataset.title, dataset.licence)
        table.add_row(*map(escape, texts))
    Console().print(table)


@app.command()
def fetch(
    dataset: Annotated[str, typer.Argument(help="An id that `memnet dataset list` shows.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the verified files.")],
) -> None:
    """Fetch and verify the files of one dataset.

    MEMNET_MIRROR=<folder> names a local copy that is tried before the network.

    Example: memnet dataset fetch set5 -o set5
    """
    from memnet.data.catalog import load_catalog
    from memnet.data.fetch import fetch as fetch_files

    with progress(f"fetch {dataset}") as show:
        fetch_files(dataset, out, load_catalog(), os.environ.get("MEMNET_MIRROR"), show)


@app.command()
def verify(
    dataset: Annotated[str, typer.Argument(help="An id that `memnet dataset list` shows.")],
    folder: Annotated[Path, typer.Argument(help="Folder that should hold its files.")],
) -> None:
    """Check the files of a dataset byte by byte; exit code 1 when one is missing or wrong.

    Example: memnet dataset verify set5 set5
    """
    from memnet.data.catalog import load_catalog
    from memnet.data.fetch import verify as faults_of

    faults = faults_of(folder, dataset, load_catalog())
    for fault in faults:
        typer.echo(fault)
    if faults:
        raise typer.Exit(1)
    typer.echo(f"{folder} holds {dataset}, every byte of it")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Its id: small letters, digits, - and _.")],
    folder: Annotated[Path, typer.Argument(help="Folder of 8-bit grey or RGB images.")],
    role: Annotated[str, typer.Option(help="test, train or both.")] = "test",
    title: Annotated[str | None, typer.Option(help="What it is, in a few words.")] = None,
    licence: Annotated[str, typer.Option(help="What may be done with it.")] = "none stated",
    citation: Annotated[str, typer.Option(help="Where it comes from.")] = "none given",
) -> None:
    """Enter a folder of images in datasets/own/, with the hash of each.

    The images stay where they are. In this working folder `memnet score --dataset NAME` knows the
    dataset at once; the pipeline does when params.yaml names it.

    Example: memnet dataset add holiday ~/pictures/holiday --licence mine
    """
    from memnet.data.adding import add_dataset
    from memnet.data.catalog import load_catalog

    title = title or f"Images of {folder.resolve().name}"
    with progress(f"add {name}") as show:
        added = add_dataset(
            name, folder, load_catalog(), role=role, title=title,
            licence=licence, citation=citation, progress=show,
        )  # fmt: skip
    catalog = load_catalog()
    images = "1 image" if added.count == 1 else f"{added.count} images"
    places = catalog.registries[name], catalog.hashes(name)
    typer.echo(f"{name}: {images}, in {places[0]} and {places[1]}")
    typer.echo("To share it, replace its folder by a url or mirror there, and commit both files.")
    for other in catalog:
        if other.id != name and other.role != "weights":
            shared = catalog.overlap(other.id, name)
            if shared:
                more = " ..." if len(shared) > 3 else ""
                typer.echo(f"{other.id} holds {len(shared)} too: {', '.join(shared[:3])}{more}")


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="A dataset that `memnet dataset add` entered.")],
) -> None:
    """Take a dataset of yours out of datasets/own/ again; its images stay where they are.

    Example: memnet dataset remove holiday
    """
    from memnet.data.adding import remove_dataset
    from memnet.data.catalog import load_catalog

    remove_dataset(name, load_catalog())
    typer.echo(f"{name}: removed; its images are untouched")
