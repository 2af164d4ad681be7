"""The console command `memnet`, one module per command."""

import io
import sys

import typer

from memnet.cli import (
    bench,
    dataset,
    degrade,
    explain,
    mend,
    pack,
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
app.command()(degrade.degrade)
app.command()(score.score)
app.command()(restore.restore)
app.command()(explain.explain)
app.command()(pack.pack)
app.command()(release.release)
app.command()(verify.verify)
app.command()(profile.profile)
app.command(hidden=True)(mend.mend)
app.command(hidden=True)(mend.changes)


def main() -> None:
    """Run the command; a user's error is one line on stderr and exit code 1."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file's name may have bytes that are no text
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        print(
            f"error: memory is full ({error!r}): lower --tile or take less at once", file=sys.stderr
        )
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        raise SystemExit(130) from None
