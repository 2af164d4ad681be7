"""The soak: faults and bad input in great number, counted.

`make soak` runs as much as fits into half an hour, `make soak MINUTES=3` into three minutes.
"""

import time
from collections.abc import Callable

import pytest

from tests.soak.tally import Tally

TALLY = pytest.StashKey[Tally]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--minutes", type=float, default=None, help="what the soak may take in all")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TALLY] = Tally()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tally = terminalreporter.config.stash[TALLY]
    if tally.faults or tally.inputs:
        terminalreporter.section("soak")
        terminalreporter.write(tally.sentences())


@pytest.fixture
def tally(pytestconfig: pytest.Config) -> Tally:
    """What the soak has counted so far."""
    return pytestconfig.stash[TALLY]


@pytest.fixture
def time_left(pytestconfig: pytest.Config) -> Callable[[float], Callable[[], bool]]:
    """`time_left(share)` gives a function: whether that share of the soak's minutes is not over."""
    minutes = pytestconfig.getoption("--minutes", default=None)

    def begin(share: float) -> Callable[[], bool]:
        end = float("inf") if minutes is None else time.monotonic() + 60 * minutes * share
        return lambda: time.monotonic() < end

    return begin
