"""A synthetic report in a real browser: the system's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from memnet.results.durations import StageTime
from reports.pages.render import render_report
from tests.reports.conftest import make_report
from tests.reports.test_data import dataset

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

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
        },
        config="# a long line: " + "number, " * 30,
    )
    made = replace(
        made,
        # SSIM grows where PSNR falls: so it is seen by which of the two a table was sorted.
        summary=made.summary.assign(ssim=lambda rows: 0.8 + rows["level"] / 1000),
        datasets=(dataset("bundled-train", {"cat": 0}), dataset("set5", {"tiger": 1})),
        stage_times=(StageTime("train", 2, 75.4, "results/methods/memnet-sr", 45.2),),
    )
    folder = tmp_path_factory.mktemp("report")
    render_report(made, folder)
    return folder


@dataclass
class Visit:
    """A tab of the browser, and what was noticed in it since the page in it was asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)  # warnings, errors, exceptions
    requests: list[str] = field(default_factory=list)

    def note(self, said: ConsoleMessage) -> None:
        """Keep what the browser or a script complains of."""
        if said.type in {"warning", "error"}:
            self.complaints.append(said.text)


def open_tab(browser: Browser, *, scripts: bool) -> Visit:
    page = browser.new_page(java_script_enabled=scripts)
    page.set_default_timeout(120_000)  # a busy machine is no fault of a page
    seen = Visit(page)
    page.on("console", seen.note)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", lambda request: seen.requests.append(request.url))
    return seen


@pytest.fixture(scope="package")
def tabs(browser: Browser) -> dict[bool, Visit]:
    """One tab with scripts and one without: a new one for each test would take most of the time."""
    return {scripts: open_tab(browser, scripts=scripts) for scripts in (True, False)}


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(tabs: dict[bool, Visit], report: Path) -> Visitor:
    """Opens a file of the report, or of another folder."""

    def opened(
        name: str,
        folder: Path = report,
        *,
        width: int = 1440,
        scheme: Literal["light", "dark"] = "light",
        scripts: bool = True,
    ) -> Visit:
        seen = tabs[scripts]
        seen.page.goto("about:blank")
        seen.complaints.clear()
        seen.requests.clear()
        seen.page.set_viewport_size({"width": width, "height": 900})
        seen.page.emulate_media(media="screen", color_scheme=scheme)
        seen.page.goto((folder / name).as_uri())
        return seen

    return opened
