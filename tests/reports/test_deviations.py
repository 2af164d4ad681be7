import re
from pathlib import Path

import pytest

from memnet.errors import InputError
from reports.pages.deviations import FILE, NOT_MEASURED, Deviation, load_deviations, markdown
from reports.pages.model import Report
from reports.pages.render import render_report

DOCUMENT = Path(__file__).parents[2] / "docs/deviations.md"
DEVIATIONS = load_deviations()
ENTRIES = [entry for section in DEVIATIONS.sections for entry in section.entries]


def test_the_document_is_that_of_the_file() -> None:
    assert markdown(DEVIATIONS) == DOCUMENT.read_text(encoding="utf-8"), (
        "rewrite it: python -m reports.pages.deviations > docs/deviations.md"
    )


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.what)
def test_every_measured_effect_stands_in_the_words(entry: Deviation) -> None:
    found = [entry.effect_db] if not isinstance(entry.effect_db, list) else entry.effect_db
    for value in (value for value in found if value is not None):
        assert re.search(rf"(?<![\d.]){abs(value):g}0?(?!\d)", str(entry.effect))
    assert (NOT_MEASURED in entry.consequence) == (entry.effect_db is None)
    assert entry.consequence


def test_no_cell_of_the_document_is_blank() -> None:
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line[0:1] == "|"]
    assert len(rows) == len(ENTRIES) + 2 * len(DEVIATIONS.sections)
    for row in rows:
        assert row.count("|") == 6
        assert all(cell.strip() for cell in row.strip("|").split("|"))


def test_a_pipe_does_not_end_a_cell() -> None:
    first = DEVIATIONS.sections[0]
    entry = first.entries[0].model_copy(update={"what": "a|b"})
    odd = first.model_copy(update={"entries": [entry]})
    assert "| a&#124;b |" in markdown(DEVIATIONS.model_copy(update={"sections": [odd]}))


def test_the_page_shows_every_entry(bundled: Report, tmp_path: Path) -> None:
    render_report(bundled, tmp_path)
    source = (tmp_path / "deviations.html").read_text(encoding="utf-8")
    assert source.count('<th scope="row">') == len(ENTRIES)
    unmeasured = sum(entry.effect_db is None for entry in ENTRIES)
    assert source.count(f'<span class="none">{NOT_MEASURED}</span>') == unmeasured > 10
    shown = source[source.index("<main") : source.index("</main>")]
    assert "<code>imresize</code>" in shown and "`" not in shown


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("effect_db: 0.003", "effect_dB: 0.003", r"\.effect_dB is not a known key"),
        (
            "effect: under 0.003 dB on the bicubic row of Set14", "effect: null",
            "effect must say what the 0.003 dB are of",
        ),
    ],
)  # fmt: skip
def test_a_bad_entry_is_refused(tmp_path: Path, old: str, new: str, fault: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "bad.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=rf"^bad\.yaml: sections\.\d+\.entries\.\d+.*{fault}"):
        load_deviations(tmp_path / "bad.yaml")
