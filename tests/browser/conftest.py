"""A synthetic report in a real browser: the system's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reports.render import render_report
from tests.reports.conftest import make_report
from tests.reports.test_data import dataset

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking",
)  # fmt: skip


# Not of the session: while Playwright runs, no other test can start an event loop of its own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    for extra in ("playwright", "axe_playwright_python"):
        pytest.importorskip(extra, reason="needs the extra: pip install -e '.[browser]'")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not program:
        pytest.skip(f"needs Chromium: none of {', '.join(PROGRAMS)} is on the PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def report(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages with every kind of block: images that the paper has and others, and a leak."""
    made = make_report(
        {
            "super_resolution": ("set5", "bundled-test"),
            "denoising": ("s14",),
            "jpeg_deblocking": ("classic5",),
        }
    )
    sets = (dataset("bundled-train", {"cat": 0}), dataset("set5", {"tiger": 1}))
    folder = tmp_path_factory.mktemp("report")
    render_report(replace(made, datasets=sets), folder)
    return folder


@dataclass
class Visit:
    """An open page, and what was noticed since before it opened."""

    page: Page
    complaints: list[str] = field(default_factory=list)  # warnings, errors, exceptions
    requests: list[str] = field(default_factory=list)


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, report: Path) -> Iterator[Visitor]:
    """Opens a file of the report, or of another folder, in a context of its own."""
    contexts = []

    def opened(name: str, folder: Path = report, width: int = 1440, **options: Any) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        seen = Visit(context.new_page())
        context.on("request", lambda request: seen.requests.append(request.url))
        context.on("weberror", lambda thrown: seen.complaints.append(str(thrown.error)))
        context.on(
            "console",
            lambda said: said.type in {"warning", "error"} and seen.complaints.append(said.text),
        )
        seen.page.goto((folder / name).as_uri())
        return seen

    yield opened
    for context in contexts:
        context.close()
