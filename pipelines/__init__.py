"""One module per DVC stage: arguments -> library -> files."""

import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer
from safetensors import SafetensorError
from typer.exceptions import TyperException

from memnet.errors import InputError, is_out_of_memory

Option = typer.Option
Out = Annotated[Path, Option(help="Folder to write.")]
Pairs = Annotated[Path, Option(help="Folder of the degraded pairs.")]
Raw = Annotated[Path, Option(help="Folder of the fetched files.")]
Text = Annotated[str, Option()]

INTERRUPTED = 130
_BEGAN = time.monotonic()  # of the process, before what is slow to import


def stage(run: Callable[..., int | None]) -> Callable[..., int]:
    """Make a stage of a function: its parameters become options, a user's error one sentence.

    Returns
    -------
    A function of the arguments that returns the exit code: what `run` does, 0 for None; 1 after an
    InputError, a full disk or a full device; 2 for arguments that are not known; 130 when
    interrupted.
    """
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(run)

    @wraps(run)
    def main(argv: Sequence[str] | None = None) -> int:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop as for ctrl-C: cleanly
        try:
            code: Any = app(argv, standalone_mode=False)
            if not code and run.__module__ == "__main__":
                _note_duration(run)
            if code == INTERRUPTED:  # which typer makes of a KeyboardInterrupt
                print("interrupted: the same command goes on from here", file=sys.stderr)
            return int(code or 0)
        except TyperException as error:  # an option is missing, unknown or no number
            return _told(getattr(error, "format_message", error.__str__)(), 2)
        except InputError as error:
            return _told(str(error), 1)
        except SafetensorError as error:  # how safetensors tells of a full disk
            return _told(f"a weight file could not be written or read: {error}", 1)
        except OSError as error:
            return _told(f"{error.strerror or error}: {error.filename or ''}", 1)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            remedy = "lower batch_size, or take a larger device"
            return _told(f"memory is full ({error!r}): {remedy}", 1)

    return main


def _told(sentence: str, code: int) -> int:
    print(f"error: {sentence}", file=sys.stderr)
    return code


def _note_duration(run: Callable[..., Any]) -> None:
    """Note how long this process lasted, which is one stage."""
    from memnet.results.durations import note_duration

    name = run.__globals__["__spec__"].name.removeprefix("pipelines.")
    note_duration(name, sys.argv[1:], time.monotonic() - _BEGAN)
