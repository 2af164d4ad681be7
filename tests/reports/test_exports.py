"""Files to take along: tables as CSV, Markdown and LaTeX, every cell as JSON, what to cite."""

import csv
import io
import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import memnet
from memnet.published.cells import load_published
from memnet.results.reference import read_document, reference_of, verify
from reports.exports.document import FIELDS, report_json, summary_csv
from reports.exports.files import CITATION
from reports.exports.latex import latex
from reports.exports.markdown import escaped, markdown
from reports.exports.sheets import MARKS, Sheet, Value, sheet_csv, sheet_names, shown, table_sheets
from reports.pages.model import Report
from reports.pages.tables import build_tables

PUBLISHED = load_published()
GOLD = Path(__file__).parent / "gold"
SR = "super_resolution"
HOSTILE = "<script>a_b & c%|`*[x]"  # the method in `hostile`
Build = Callable[..., Report]


def sheets_of(report: Report) -> dict[str, Sheet]:
    tables = build_tables(report, PUBLISHED)
    return {s.name: s for table in tables for s in table_sheets(table, PUBLISHED)}


def entries_of(sheet: Sheet, *labels: str) -> dict[str, tuple[str, ...]]:
    """Texts of one line under its headings."""
    (line,) = [line for line in sheet.lines if line.labels == labels]
    entries = (tuple(value.text for value in shown(entry)) for entry in line.entries)
    return dict(zip(sheet.headings, entries, strict=True))


@pytest.fixture
def lapsrn(full: Report) -> Report:
    """`full`, where a method that restores no x3 stands in the column of LapSRN, and of SRCNN."""
    columns = {**full.columns, "LapSRN": {SR: "vdsr-sr"}, "SRCNN": {SR: "vdsr-sr"}}
    grid = tuple(p for p in full.grid if (p.method, p.level) != ("vdsr-sr", 3))
    return replace(full, columns=columns, grid=grid)


# What a sheet says


def test_our_line_stands_below_that_of_the_paper(full: Report) -> None:
    sheet = sheets_of(full)["table-4"]
    assert sheet.label_titles == ("Dataset", "Level", "Numbers")
    assert [line.labels for line in sheet.lines[:3]] == [
        *(("Set5", "×2", "paper"), ("Set5", "×2", "ours"), ("Set5", "×3", "paper"))
    ]
    assert entries_of(sheet, "Set5", "×3", "paper")["MemNet"] == ("34.09", "0.9248")
    assert len(entries_of(sheet, "Set5", "×3", "ours")["MemNet"]) == 2


def test_dash_unknown_and_not_run_are_told_apart(lapsrn: Report) -> None:
    sheet = sheets_of(lapsrn)["table-4"]
    paper, ours = (entries_of(sheet, "Set14", "×3", whose) for whose in ("paper", "ours"))
    assert (paper["LapSRN"], ours["LapSRN"]) == (("—",), ("—",))  # no x3 in the paper, nor here
    assert (paper["SRCNN"], ours["SRCNN"]) == (("unknown",), ("—",))
    assert (paper["DRRN"], ours["DRRN"]) == (("29.96", "0.8349"), ("not run",))
    for mark, meaning in MARKS.items():
        assert f"{mark} = {meaning}." in sheet.notes


def test_paper_and_ours_are_ranked_apart(full: Report) -> None:
    sheet = sheets_of(full)["table-4"]
    paper, ours, *_ = sheet.lines
    ranks = {h: e[0].rank for h, e in zip(sheet.headings, paper.entries, strict=True)}
    assert {name: rank for name, rank in ranks.items() if rank} == {"MemNet": 1, "DRRN": 2}
    values = [e[0] for e in ours.entries if e[0].rank]
    assert sorted(value.rank for value in values) == [1, 2]
    best, second = sorted(values, key=lambda value: value.rank)
    numbers = [float(e[0].text) for e in ours.entries if e[0].text not in MARKS]
    assert [float(best.text), float(second.text)] == sorted(numbers, reverse=True)[:2]


def test_recalled_values_bear_the_dagger_and_the_note(full: Report) -> None:
    sheet = sheets_of(full)["table-3"]
    recalled = [v for line in sheet.lines for entry in line.entries for v in entry if v.recalled]
    assert recalled
    note = f"† = recalled, that is {PUBLISHED.confidence['recalled']}."
    assert note in sheet.notes
    assert note not in sheets_of(full)["table-4"].notes


def test_profile_and_budget_stand_in_every_caption(full: Report) -> None:
    for sheet in sheets_of(full).values():
        assert f"profile synthetic, {full.budget}." in sheet.caption
        for write in (latex, markdown):
            text = write(sheet, full)
            for stamp in ("profile synthetic", full.budget, full.created, full.commit):
                assert stamp in text, stamp


def test_a_profile_without_results_has_the_papers_tables(build: Build) -> None:
    report = build({SR: ("set5",)})
    empty = replace(report, summary=report.summary.iloc[:0], grid=(), records=())
    tables = build_tables(empty, PUBLISHED)
    assert [name for t in tables for name in sheet_names(t)] == [f"table-{n}" for n in range(1, 7)]
    assert list(sheets_of(empty)) == [f"table-{n}" for n in range(1, 7)]


# The formats


@pytest.mark.parametrize("name", ["table-1", "table-1-ours", "table-3-ours", "table-6"])
@pytest.mark.parametrize(("suffix", "write"), [("md", markdown), ("tex", latex)])
def test_gold_files(
    full: Report, tmp_path: Path, name: str, suffix: str, write: Callable[[Sheet, Report], str]
) -> None:
    """Made by this code and read by eye; the numbers are those of the paper or made up."""
    fresh = tmp_path / f"{name}.{suffix}"
    fresh.write_text(write(sheets_of(full)[name], full), encoding="utf-8")
    gold = GOLD / fresh.name
    assert fresh.read_text(encoding="utf-8") == gold.read_text(encoding="utf-8"), (
        f"if the change is meant: cp {fresh} {gold}"
    )


@pytest.mark.parametrize("name", ["full", "lapsrn", "bundled", "hostile"])
def test_csv_parses_back(name: str, request: pytest.FixtureRequest) -> None:
    report = request.getfixturevalue(name)
    for sheet in sheets_of(report).values():
        header, *rows = csv.reader(io.StringIO(sheet_csv(sheet, report.profile)))
        assert (header[0], header[-1]) == ("Profile", "recalled")
        assert len(set(header)) == len(header)
        for line, row in zip(sheet.lines, rows, strict=True):
            values: list[Value] = [value for entry in line.entries for value in entry]
            assert row[:-1] == [report.profile, *line.labels, *(value.text for value in values)]
            titles = header[-1 - len(values) : -1]
            marked = [t for t, value in zip(titles, values, strict=True) if value.recalled]
            assert row[-1].split(";") == (marked or [""])


def test_csv_is_numbers_to_pandas(lapsrn: Report) -> None:
    text = sheet_csv(sheets_of(lapsrn)["table-4"], "synthetic")
    frame = pd.read_csv(io.StringIO(text), na_values=list(MARKS))
    paper = frame[(frame.Numbers == "paper") & (frame.Dataset == "Set5") & (frame.Level == "×3")]
    assert paper["MemNet PSNR"].item() == 34.09
    assert all(pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns[4:-1])


def test_a_hostile_name_is_text_in_each_format(hostile: Report) -> None:
    sheets = sheets_of(hostile)
    for sheet in (sheets["table-4"], sheets["table-4-ours"], sheets["table-2-ours"]):
        tex, md = latex(sheet, hostile), markdown(sheet, hostile)
        assert r"\textless{}script\textgreater{}a\_b \& c\%\textbar{}" in tex
        assert r"&lt;script&gt;a\_b &amp; c%&#124;\`\*\[x\]" in md
        assert "<script" not in md and "<script" not in tex
        table = [line for line in md.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in table}) == 1
    header = next(csv.reader(io.StringIO(sheet_csv(sheets["table-4-ours"], "synthetic"))))
    assert f"{HOSTILE} PSNR" in header


def test_markdown_shows_what_it_would_read() -> None:
    assert escaped(r"\*_`[]~$#") == r"\\\*\_\`\[\]\~\$\#"
    assert escaped("a\n\n| b") == "a &#124; b"


# report.json


def document_of(report: Report) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report_json(report, build_tables(report, PUBLISHED)))
    return found


@pytest.mark.parametrize("name", ["full", "lapsrn", "bundled"])
def test_report_json_agrees_with_summary_csv(name: str, request: pytest.FixtureRequest) -> None:
    report = request.getfixturevalue(name)
    text = summary_csv(report, PUBLISHED, build_tables(report, PUBLISHED))
    rows = list(csv.DictReader(io.StringIO(text)))
    cells = document_of(report)["cells"]
    assert len(cells) == len(rows) > 300
    for cell, row in zip(cells, rows, strict=True):
        half = 0.005 if cell["metric"] == "psnr" else 0.00005
        for key in set(row) - {"budget"}:
            if isinstance(cell[key], float):
                tolerance = half if key == "ours" else 0
                assert float(row[key]) == pytest.approx(cell[key], rel=0, abs=tolerance + 1e-12)
            else:
                assert row[key] == ("" if cell[key] is None else str(cell[key])), key


def test_report_json_has_provenance_in_a_stable_order(full: Report) -> None:
    document = document_of(full)
    assert list(document) == ["profile", "budget", "created", "commit", "versions", "cells"]
    assert document["versions"] == {"memnet": "0.0.0", "python": "3.11"}
    assert {tuple(cell) for cell in document["cells"]} == {FIELDS}
    (memnet_x3,) = [
        cell
        for cell in document["cells"]
        if (cell["table"], cell["method"], cell["dataset"], cell["level"], cell["metric"])
        == (4, "MemNet", "set5", 3, "psnr")
    ]
    summary = full.summary.set_index(["method", "task", "dataset", "level"])
    assert memnet_x3["ours"] == summary.psnr["memnet-sr", SR, "set5", 3]
    assert memnet_x3["run_key"] == "key-of-memnet-sr"
    assert (memnet_x3["paper"], memnet_x3["confidence"]) == (34.09, "verified")


def test_equal_images_are_infinite_in_json_too(bundled: Report) -> None:
    summary = bundled.summary.copy()
    summary.loc[summary.method == "memnet-denoise", ["psnr", "psnr_seed_std"]] = [np.inf, np.nan]
    cells = document_of(replace(bundled, summary=summary))["cells"]
    found = [c for c in cells if c["our_method"] == "memnet-denoise" and c["metric"] == "psnr"]
    ours = {(c["ours"], c["seed_std"]) for c in found if c["ours"] is not None}
    assert ours == {("inf", None)}


@pytest.mark.parametrize("name", ["full", "bundled"])
def test_report_json_is_what_memnet_verify_reads(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fresh = document_of(request.getfixturevalue(name))
    path = tmp_path / "report.json"
    path.write_text(json.dumps(fresh))
    document = read_document(path)
    reference = reference_of(document, None)
    assert len(reference.values) == len(request.getfixturevalue(name).grid)
    assert not verify(document, reference).faults
    edited = next(cell for cell in fresh["cells"] if cell["our_method"] == "vdsr-sr")
    edited["ours"] += 1
    path.write_text(json.dumps(fresh))
    (fault,) = verify(read_document(path), reference).faults
    place = f"vdsr-sr, {edited['dataset']}, {SR} {edited['level']}, {edited['metric']}"
    assert fault.startswith(f"table {edited['table']}, {place}: expected ")


# What to cite


def test_the_paper_is_cited_as_the_pages_name_it() -> None:
    text = CITATION.substitute(version="0").replace("{", "").replace("}", "").replace("--", "-")
    paper = PUBLISHED.paper
    assert paper["title"] in text
    names = [" ".join(reversed(name.split(", "))) for name in _authors(text)]
    assert ", ".join(names) == paper["authors"]
    assert paper["venue"] == "ICCV 2017, pp. 4539-4547"
    assert "pages     = 4539-4547" in text and "(ICCV)" in text and "year      = 2017" in text


def _authors(text: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith("  author    =")]
    return line.split("= ")[1].rstrip(",").split(" and ")


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((GOLD.parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert memnet.__version__ == project["project"]["version"]
