"""The console command `memnet`, one module per command."""

import io
import re
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from memnet import __version__
from memnet.cli import (
    bench,
    dataset,
    degrade,
    explain,
    export,
    mend,
    pack,
    plan,
    profile,
    release,
    restore,
    score,
    verify,
)
from memnet.errors import InputError, is_out_of_memory

app = typer.Typer(
    help="MemNet (ICCV 2017) reproduced: images, degradations and scores under its protocols.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(dataset.app, name="dataset")
app.add_typer(bench.app, name="bench")
COMMANDS: tuple[Callable[..., None], ...] = (
    degrade.degrade, score.score, restore.restore, explain.explain, pack.pack, release.release,
    verify.verify, profile.profile, plan.plan, export.export,
)  # fmt: skip
for command in COMMANDS:
    app.command()(command)
app.command(hidden=True)(mend.mend)
app.command(hidden=True)(mend.changes)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"memnet {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    pass


def missing_extra(error: ModuleNotFoundError) -> str | None:
    """How to install what is missing, if it belongs to an extra of this package."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        wanted = requires("memnet") or ()
    except PackageNotFoundError:  # run from a clone that is not installed
        return None
    name = str(error.name).partition(".")[0]  # of a submodule, the package
    for entry in wanted:
        package, _, marker = entry.partition(";")
        extra = re.search(r"extra == ['\"](\w+)", marker)
        if extra and re.match(rf"{re.escape(name)}\b", package):
            return f'the package {name} is not installed: pip install "memnet[{extra.group(1)}]"'
    return None


def main() -> None:
    """Run the command; a user's error is one line on stderr and exit code 1."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file's name may have bytes that are no text
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
        return
    except (InputError, OSError) as error:
        said, code = f"error: {error}", 1
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        said, code = f"error: memory is full ({error!r}): lower --tile or take less at once", 1
    except ModuleNotFoundError as error:
        if (remedy := missing_extra(error)) is None:
            raise
        said, code = f"error: {remedy}", 1
    except KeyboardInterrupt:
        said, code = "interrupted", 130
    print(said, file=sys.stderr)
    raise SystemExit(code)
