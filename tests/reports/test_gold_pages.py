"""The pages of the fixed report, against files that were read by eye.

What a review of a page would not look at is left out: drawings, styles, scripts, image bytes.
"""

import difflib
import os
import re
from pathlib import Path

import pytest

from reports.pages.model import Report
from reports.pages.render import PAGES, render_report

GOLD = Path(__file__).parent / "gold/html"
REWRITE = "REWRITE_GOLD=1 pytest tests/reports/test_gold_pages.py"
SCRUBBED = {
    r'<svg viewBox="[^"]*"( [^>]*>).*?</svg>': r"<svg\1…</svg>",
    r"(<style>).*?(</style>)": r"\1…\2",
    r"(<script>).*?(</script>)": r"\1…\2",
    r"'sha256-[^']*'": "'sha256-…'",
    r"data:image/png;base64,[^\"]*": "data:image/png;base64,…",
}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Pages by name; filled by the first test, whose report is that of all."""
    return {}


def scrubbed(page: str) -> str:
    for pattern, kept in SCRUBBED.items():
        page = re.sub(pattern, kept, page, flags=re.DOTALL)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_page_is_that_of_its_gold_file(
    name: str, full: Report, rendered: dict[str, str], tmp_path: Path
) -> None:
    if not rendered:
        render_report(full, tmp_path)
        rendered.update({page: (tmp_path / page).read_text(encoding="utf-8") for page in PAGES})
    text, gold = scrubbed(rendered[name]), GOLD / name
    if os.environ.get("REWRITE_GOLD"):
        gold.write_text(text, encoding="utf-8", newline="\n")
    known = gold.read_text(encoding="utf-8") if gold.is_file() else ""
    changes = difflib.unified_diff(
        known.splitlines(), text.splitlines(), f"gold/html/{name}", "rendered", lineterm=""
    )
    if known != text:
        pytest.fail(
            "\n".join([*changes, f"if the change is meant: {REWRITE}, then review git diff"]),
            pytrace=False,
        )


def test_no_gold_file_is_left_over() -> None:
    assert {file.name for file in GOLD.iterdir()} == set(PAGES)
