import base64
import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import pytest

from memnet.results.durations import StageTime
from memnet.results.reader import MissingFile
from memnet.results.rows import ResultKey
from reports.exports.document import HEADER
from reports.pages.model import Comparison, Crop, Report
from reports.pages.render import PAGES, TEMPLATES, _environment, render_report
from reports.pages.wording import rounded, task_words
from tests.records import changed

EVIL = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Elements, ids and text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.folder = path.parent
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def ids(self) -> list[str]:
        return [str(attrs["id"]) for _, attrs in self.tags if "id" in attrs]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def render(report: Report, folder: Path) -> dict[str, Page]:
    folder.mkdir(exist_ok=True)
    render_report(report, folder)
    return {name: Page(folder / name) for name in PAGES}


@pytest.fixture(scope="module")
def of_bundled(bundled: Report, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    return render(bundled, tmp_path_factory.mktemp("bundled"))


@pytest.fixture(scope="module")
def of_full(full: Report, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    return render(full, tmp_path_factory.mktemp("full"))


@pytest.fixture(params=["of_bundled", "of_full"])
def pages(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def test_links_and_fragments_are_valid(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert len(page.ids) == len(set(page.ids))
        links = [str(attrs["href"]) for tag, attrs in page.tags if tag == "a"]
        assert links
        for link in (link for link in links if not link.startswith("https://")):
            name, _, fragment = link.partition("#")
            assert not name or (page.folder / name).is_file(), link
            target = pages.get(name, page)
            assert not fragment or fragment in target.ids, link


def test_nothing_is_loaded_from_anywhere(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert "default-src 'none'" in page.source
        for tag, attrs in page.tags:
            assert tag not in {"iframe", "object", "embed"}
            if tag != "a":
                for name in ("src", "href", "srcset", "data"):
                    assert str(attrs.get(name) or "data:").startswith(("data:", "#")), attrs
        assert not re.search(r"url\((?!#)|@import", page.source)
        assert not re.search(r"\b(fetch|XMLHttpRequest|import|eval)\b\(", page.source)


def test_the_one_script_is_ours_and_allowed_by_its_hash(pages: dict[str, Page]) -> None:
    script = (TEMPLATES / "report.js").read_bytes()
    assert b"</script" not in script and b"<!--" not in script  # or it would end elsewhere
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    for page in pages.values():
        source = page.source.encode()
        assert re.findall(rb"<script>(.*?)</script>", source, re.DOTALL) == [script]
        assert [tag for tag, _ in page.tags].count("script") == 1
        (policy,) = (str(attrs["content"]) for _, attrs in page.tags if "http-equiv" in attrs)
        directives = dict(part.split(maxsplit=1) for part in policy.split("; "))
        assert directives["script-src"] == f"'sha256-{digest}'"
        assert directives["default-src"] == "'none'"
        assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]


def test_tables_are_accessible(pages: dict[str, Page]) -> None:
    for page in pages.values():
        for tag, attrs in page.tags:
            assert tag != "th" or attrs.get("scope")
            assert tag != "img" or attrs.get("alt")
            assert tag != "svg" or attrs.get("aria-label")


def test_every_row_of_a_table_has_the_same_width(pages: dict[str, Page]) -> None:
    for table in re.findall(r"<table.*?</table>", pages["tables.html"].source, re.DOTALL):
        assert "rowspan" not in table
        reach = set()
        for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL):
            cells = re.findall(r"<t[hd]\b([^>]*)>", row)
            spans = [re.search(r'colspan="(\d+)"', cell) for cell in cells]
            reach.add(sum(int(span[1]) if span else 1 for span in spans))
        assert len(reach) == 1, reach


def test_rows_that_belong_together_are_never_sorted(pages: dict[str, Page]) -> None:
    source = pages["tables.html"].source + pages["images.html"].source
    tables = re.findall(r'<table class="sortable">(.*?)</table>', source, re.DOTALL)
    assert len(tables) > 10
    for table in tables:
        assert table.split("</thead>")[0].count("<tr>") == 1
        for row in re.findall(r"<tr>.*?</tr>", table.split("</thead>")[1], re.DOTALL):
            assert row.count("<th") == 1


def test_the_metric_switch_finds_both_numbers_of_a_pair(pages: dict[str, Page]) -> None:
    source = pages["tables.html"].source
    inputs = [attrs for tag, attrs in pages["tables.html"].tags if tag == "input"]
    radios = [attrs for attrs in inputs if attrs["type"] == "radio"]
    assert [radio["value"] for radio in radios] == ["both", "psnr", "ssim"]
    assert [("checked" in radio) for radio in radios] == [True, False, False]
    assert {radio["name"] for radio in radios} == {"metric"}
    pairs = source.count('</span><span class="slash">/</span><span class="ssim">')
    assert pairs > 100
    for part in ("psnr", "slash", "ssim"):
        assert source.count(f'<span class="{part}">') == pairs


def test_profile_and_budget_stand_on_every_page(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert "made-up numbers, no network was trained" in page.text
        assert "Profile synthetic" in page.text


def test_two_renders_are_equal(full: Report, of_full: dict[str, Page], tmp_path: Path) -> None:
    render(full, tmp_path)
    one = of_full["index.html"].folder
    files = [path for path in sorted(one.rglob("*")) if path.is_file()]
    assert len(files) == len(PAGES) + 5 + 1 + 3 * 12 + 2 * (1 + 2 + 4)
    for path in files:
        twin = tmp_path / path.relative_to(one)
        assert path.read_bytes() == twin.read_bytes(), path.name


def test_context_is_told_from_comparison(
    of_bundled: dict[str, Page], of_full: dict[str, Page]
) -> None:
    without, with_some = of_bundled, of_full
    assert "none of the paper’s 342 known values is compared" in without["index.html"].text
    assert without["tables.html"].text.count("Context only") == 6
    assert "difference" not in without["tables.html"].text
    assert "known PSNR and SSIM values stand beside a number" in with_some["index.html"].text
    assert with_some["tables.html"].text.count("Context only") == 1  # Table 6 names no network


def test_marks_are_shown_and_explained(of_full: dict[str, Page]) -> None:
    page = of_full["tables.html"]
    hidden = r'<span class="recalled">{}</span><a class="dagger"[^>]*>†</a>'
    assert re.search(hidden.format(r"29\.22"), page.source)
    assert not re.search(hidden.format(r"34\.09"), page.source)
    assert "recalled: transcribed from memory" in page.text
    for word in ("not run", "unknown", "—", "±0.01"):
        assert word in page.text
    assert re.search(r"<strong>\d\d\.\d\d</strong>", page.source)
    assert re.search(r"<u>\d\d\.\d\d</u>", page.source)


def test_hostile_names_are_text(build: Callable[..., Report], tmp_path: Path) -> None:
    report = build({"super_resolution": ("bundled-test",)})
    history = report.histories["memnet-sr"]
    target = report.comparisons[0].crops[0]
    png = target.png
    swapped = replace(
        report,
        grid=tuple(_renamed(place) for place in report.grid),
        summary=report.summary.replace("memnet-sr", EVIL),
        records=tuple(
            changed(r, method=r.method.replace("memnet-sr", EVIL)) for r in report.records
        ),
        columns={"MemNet": {"super_resolution": EVIL}},
        histories={EVIL: history},
        gate_norms={EVIL: report.gate_norms["memnet-sr"]},
        output_weights={EVIL: (1.0,)},
        comparisons=(
            Comparison("b", "super_resolution", EVIL, 2, EVIL, (target, Crop(EVIL, png, 1.0))),
        ),
        extremes=tuple(
            replace(
                extreme,
                place=extreme.place._replace(method=EVIL),
                image=EVIL,
                crops=(target, Crop(EVIL, png, 1.0)),
            )
            for extreme in report.extremes
        ),
        image_psnr=report.image_psnr.replace({"memnet-sr": EVIL, "image-0": EVIL}),
        provenance={EVIL: {EVIL: EVIL}},
        protocols={"super_resolution": EVIL},
        budget=EVIL,
        config=EVIL,
    )
    pages = render(swapped, tmp_path)
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt;"
    images = pages["images.html"].source
    for element in ("code", "th", "td"):
        assert re.search(rf"<{element}\b[^>]*>{re.escape(escaped)}", images)
    for name, page in pages.items():
        assert page.source.count("<script") == 1  # ours
        assert EVIL in page.text, name


def _renamed(place: ResultKey) -> ResultKey:
    return place._replace(method=EVIL) if place.method == "memnet-sr" else place


def test_network_below_its_input_is_said_aloud(bundled: Report, tmp_path: Path) -> None:
    summary = bundled.summary.copy()
    summary.loc[summary["method"] == "memnet-jpeg", "psnr"] = 20.0
    page = render(replace(bundled, summary=summary), tmp_path)["index.html"]
    assert "no gain" in page.text


def test_missing_results_are_counted(bundled: Report, tmp_path: Path) -> None:
    report = replace(bundled, summary=bundled.summary.iloc[1:])
    pages = render(report, tmp_path)
    assert "1 promised result is missing" in pages["index.html"].text
    assert "not run" in pages["tables.html"].text


def test_missing_files_are_named_where_they_would_be_shown(bundled: Report, tmp_path: Path) -> None:
    names = ("calibration", "data", "images", "network", "provenance", "training")
    gone = tuple(MissingFile(f"results/{n}/file", f"what {n} held", f"{n}.html") for n in names)
    pages = render(replace(bundled, missing=gone), tmp_path)
    assert (
        "6 result files. What they hold is shown as not run: what calibration held"
        in pages["index.html"].text
    )
    for n in names:
        named = f"not run: what {n} held; the file results/{n}/file is missing."
        assert [name for name, shown in pages.items() if named in shown.text] == [f"{n}.html"]


def test_time_by_stage(bundled: Report, tmp_path: Path) -> None:
    times = (
        StageTime("train", 2, 75.4, "results/methods/<b>", 45.2),
        StageTime("track", 1, 3.0, "results/track.json", 3.0),
    )
    page = render(replace(bundled, stage_times=times), tmp_path)["provenance.html"]
    assert "results/methods/&lt;b&gt;" in page.source
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", page.source)
    words = [re.sub("<[^>]*>", " ", row).split() for row in rows]
    assert words == [
        ["train", "2", "75", "results/methods/&lt;b&gt;", "45"],
        ["track", "1", "3", "results/track.json", "3"],
        ["together", "3", "78"],
    ]


def test_no_time_is_shown_where_none_was_noted(of_bundled: dict[str, Page]) -> None:
    assert 'id="time"' not in of_bundled["provenance.html"].source


NUMBER = re.compile(r"(?:<(?:strong|u)>)?\d+\.\d\d(?:\d\d)?(?:</(?:strong|u)>)?")
LINKED = re.compile(r'<a class="of-run" href="provenance\.html#([^"]+)">(.*?)</a>')


def test_every_number_of_ours_leads_to_its_run(of_full: dict[str, Page]) -> None:
    """Cells in the order of the page, as summary.csv has them; each with the key of its run."""
    pages = of_full
    provenance = pages["provenance.html"].source
    runs = dict(re.findall(r'<section class="run" id="([^"]+)">(.*?)</section>', provenance, re.S))
    links = LINKED.findall(pages["tables.html"].source)
    written = json.loads((pages["index.html"].folder / "report.json").read_text())
    cells = [cell for cell in written["cells"] if cell["ours"]]
    assert len(links) == len(cells) > 100
    seen, wanted = Counter(), Counter()
    for anchor, number in links:
        assert NUMBER.fullmatch(number)
        seen[anchor, re.sub("<.*?>", "", number)] += 1
    for cell in cells:
        holding = [anchor for anchor, text in runs.items() if run_of(cell, text)]
        assert len(holding) == 1
        wanted[holding[0], str(rounded(cell["ours"], cell["metric"]))] += 1
    assert seen == wanted


def run_of(cell: dict[str, Any], text: str) -> bool:
    """Whether a section of the provenance is about the run that a cell comes from."""
    return f'<span class="hash">{cell["run_key"]}</span> {task_words(cell["task"])}' in text


def test_the_headline_and_the_ruler_lead_to_runs_too(of_full: dict[str, Page]) -> None:
    headline = of_full["index.html"].source.split('id="headline"')[1].split("</table>")[0]
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', headline, re.S)
    assert rows
    for row in rows:
        anchors = [anchor for anchor, _ in LINKED.findall(row)]
        assert len(anchors) == 2 and anchors[0] == "run-input" != anchors[1]
    ruler = of_full["calibration.html"].source.split('id="untrained"')[1].split('id="baselines"')[0]
    assert [anchor for anchor, _ in LINKED.findall(ruler)] == ["run-input"] * 3


def test_the_report_is_small(of_full: dict[str, Page]) -> None:
    folder = of_full["index.html"].folder
    assert (folder / "index.html").stat().st_size < 5e6
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    assert sum(sizes) < 40e6


def test_calibration_counts_only_published_values(of_full: dict[str, Page]) -> None:
    assert "1 of 2 untrained values" in of_full["calibration.html"].text
    assert "1 of 2 untrained values differ from the published ones" in of_full["index.html"].text
    for words in ("✓ within", "✗ outside", "no published value", "−0.0088"):
        assert words in of_full["calibration.html"].text


def test_empty_report_renders(bundled: Report, tmp_path: Path) -> None:
    nothing = replace(
        bundled,
        summary=bundled.summary.iloc[:0],
        grid=(),
        records=(),
        calibration=(),
        histories={},
        gate_norms={},
        output_weights={},
        comparisons=(),
        extremes=(),
    )
    pages = render(nothing, tmp_path)
    assert pages["images.html"].text.count("not run: ") == 3
    assert "No network was evaluated" in pages["index.html"].text


def test_summary_csv_holds_every_cell(of_full: dict[str, Page]) -> None:
    text = (of_full["index.html"].folder / "summary.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert tuple(rows[0]) == HEADER
    assert sum(bool(row["method"]) for row in rows) == 356
    assert {row["status"] for row in rows} == {"ours only", "compared", "not run"}
    found = [
        row
        for row in rows
        if (row["table"], row["method"], row["dataset"], row["level"], row["metric"])
        == ("4", "MemNet", "set5", "3", "psnr")
    ]
    assert len(found) == 1
    assert found[0]["paper"] == "34.09"
    assert found[0]["confidence"] == "verified"
    assert found[0]["budget"] == "300 steps"
    assert float(found[0]["ours"]) - 34.09 == pytest.approx(float(found[0]["difference"]))
    assert {row["budget"] for row in rows if row["our_method"] == "input"} == {"untrained"}


def test_templates_refuse_undefined_names() -> None:
    with pytest.raises(jinja2.UndefinedError):
        _environment().from_string("{{ nothing_of_this_name }}").render()
