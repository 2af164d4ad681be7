"""Interrupts that wait for the end of a training step, so that no half step is ever saved."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts_deferred() -> Iterator[Callable[[], bool]]:
    """Hold back a first ctrl-C or SIGTERM; the function that is yielded says whether it has come.

    Python delivers signals to the main thread alone; in another one nothing is held back.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def note(number: int, frame: object) -> None:
        if came:  # a second one does not wait
            raise KeyboardInterrupt
        came.append(number)

    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
