"""One module a DVC stage: arguments -> library -> files."""

import functools
import signal
import sys
import time
from collections.abc import Callable, Sequence

from safetensors import SafetensorError

from memnet.errors import InputError, is_out_of_memory

Main = Callable[[Sequence[str] | None], int | None]
_BEGAN = time.monotonic()  # of the process, before what is slow to import


def entry(main: Main) -> Callable[..., int]:
    """Turn a stage's main into one that answers a user's error with a sentence and an exit code.

    Returns
    -------
    A function that returns what `main` does, 0 for None; 1 after an InputError, a full disk or a
    full device; 130 when interrupted.
    """

    @functools.wraps(main)
    def run(argv: Sequence[str] | None = None) -> int:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop as for ctrl-C: cleanly
        try:
            code = main(argv) or 0
            if code == 0 and main.__module__ == "__main__":
                _note_duration(main)
            return code
        except InputError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        except SafetensorError as error:  # how safetensors tells of a full disk
            print(f"error: a weight file could not be written or read: {error}", file=sys.stderr)
            return 1
        except OSError as error:
            print(f"error: {error.strerror or error}: {error.filename or ''}", file=sys.stderr)
            return 1
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            print(
                f"error: memory is full ({error!r}): lower batch_size, or take a larger device",
                file=sys.stderr,
            )
            return 1
        except KeyboardInterrupt:
            print("interrupted: the same command goes on from here", file=sys.stderr)
            return 130

    return run


def _note_duration(main: Main) -> None:
    """Note how long this process lasted, which is one stage."""
    from memnet.results.durations import note_duration

    stage = main.__globals__["__spec__"].name.removeprefix("pipelines.")
    note_duration(stage, sys.argv[1:], time.monotonic() - _BEGAN)
