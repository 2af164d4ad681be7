"""Methods of others in the tables and in the provenance: what they offer, and where they are from.

LapSRN stands for them: it has weights for x2 and x4 alone.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memnet.published.cells import load_published
from reports.pages import render
from reports.pages.blocks import Cell, Table
from reports.pages.model import Report
from reports.pages.tables import build_tables
from tests.records import changed, of_others

PUBLISHED = load_published()
SR = "super_resolution"
DASH = '<span class="none" title="not offered: the method does not restore this level">—</span>'


@pytest.fixture
def lapsrn(build: Callable[..., Report]) -> Report:
    """A report in which the method `vdsr-sr` is a LapSRN that restores x2 and x4."""
    made = build({SR: ("set5", "bundled-test")})
    grid = tuple(p for p in made.grid if (p.method, p.level) != ("vdsr-sr", 3))
    summary = made.summary[(made.summary.method != "vdsr-sr") | (made.summary.level != 3)]
    described = {"network": {"kind": "lapsrn", "scales": [2, 4]}, "tasks": {SR: [2, 4]}}
    columns = {**made.columns, "LapSRN": {SR: "vdsr-sr"}}
    return replace(
        with_record(made, "vdsr-sr", "converted", **described),
        grid=grid, summary=summary, columns={c: m for c, m in columns.items() if c != "VDSR"},
    )  # fmt: skip


def with_record(report: Report, method: str, kind: str, **changes: Any) -> Report:
    records = (
        of_others(method, SR, kind, **changes) if r.method == method else r for r in report.records
    )
    return replace(report, records=tuple(records))


def tables_of(report: Report) -> dict[int, Table]:
    return {table.number: table for table in build_tables(report, PUBLISHED)}


def cells(table: Table, **wanted: object) -> list[Cell]:
    return [c for c in table.cells if all(getattr(c, k) == v for k, v in wanted.items())]


@pytest.fixture(autouse=True)
def _read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "load_published", lambda: PUBLISHED)


def rendered(report: Report, folder: Path) -> dict[str, str]:
    """Text of each file of the report, which is drawn without its pictures."""
    plain = replace(report, histories={}, gate_norms={}, output_weights={}, comparisons=())
    render.render_report(plain, folder)
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.*")}


# Levels


def test_a_level_that_a_method_does_not_restore_is_not_offered(lapsrn: Report) -> None:
    tables = tables_of(lapsrn)
    for number in (2, 4):
        for dataset in ("set5", "bundled-test"):
            found = cells(tables[number], our_method="vdsr-sr", level=3, dataset=dataset)
            assert {cell.status for cell in found} == {"not offered"}
            assert {cell.ours for cell in found} == {None}
    for level in (2, 4):
        found = cells(tables[4], our_method="vdsr-sr", level=level, dataset="bundled-test")
        assert {cell.status for cell in found} == {"ours only"}


def test_it_is_a_dash_in_the_tables_and_never_not_run(lapsrn: Report, tmp_path: Path) -> None:
    source = rendered(lapsrn, tmp_path)["tables"]
    table = source[source.index('<section id="table-4">') : source.index('<section id="table-5">')]
    own, paper = table.split("The paper’s own cells")
    assert own.count(DASH) == 2  # of two datasets
    assert "not run" not in own
    lines = re.findall(r'<td data-label="LapSRN, [^"]*">(.*?)</td>', paper, re.DOTALL)
    assert [DASH in line for line in lines[:3]] == [False, True, False]  # Set5 x2, x3, x4
    with (tmp_path / "summary.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["our_method"] == "vdsr-sr"]
    assert {row["status"] for row in rows if row["level"] == "3" and row["dataset"] == "set5"} == {
        "not offered"
    }


def test_it_is_a_dash_beside_a_network_of_the_paper(lapsrn: Report, tmp_path: Path) -> None:
    columns = {**lapsrn.columns, "VDSR": {SR: "vdsr-sr"}}  # Table 2 has VDSR on Set5 x3
    source = rendered(replace(lapsrn, columns=columns), tmp_path)["tables"]
    table = source[source.index('<section id="table-2">') : source.index('<section id="table-3">')]
    assert f'<td class="both" colspan="2" data-label="PSNR, ours, Difference">{DASH}</td>' in table


def test_it_is_not_missing(lapsrn: Report, tmp_path: Path) -> None:
    assert "promised result" not in rendered(lapsrn, tmp_path)["index"]


def test_a_promised_result_that_is_missing_is_not_run(lapsrn: Report) -> None:
    summary = lapsrn.summary[(lapsrn.summary.method != "vdsr-sr") | (lapsrn.summary.level != 4)]
    table = tables_of(replace(lapsrn, summary=summary))[4]
    assert {c.status for c in cells(table, our_method="vdsr-sr", level=4)} == {"not run"}


def test_a_level_that_no_method_runs_is_not_run(build: Callable[..., Report]) -> None:
    """A profile that leaves out x4 says nothing about what its networks could do there."""
    made = build({SR: ("set5",)})
    grid = tuple(place for place in made.grid if place.level != 4)
    table = tables_of(replace(made, grid=grid))[4]
    found = cells(table, our_method="memnet-sr", dataset="set5", level=4)
    assert {cell.status for cell in found} == {"not run"}


def test_a_dataset_that_the_profile_lacks_is_not_run(lapsrn: Report) -> None:
    for level in (2, 3, 4):
        found = cells(tables_of(lapsrn)[4], our_method="vdsr-sr", dataset="set14", level=level)
        assert {cell.status for cell in found} == {"not run"}


def test_a_method_without_a_column_of_its_own_is_not_run(lapsrn: Report) -> None:
    found = cells(tables_of(lapsrn)[4], method="SRCNN", dataset="set5")
    assert {(cell.status, cell.our_method) for cell in found} == {("not run", None)}


# What they are


@pytest.mark.parametrize(
    ("kind", "note", "budget"),
    [
        ("converted", "authors’ weights", "authors' weights"),
        ("callable", "function", "function"),
        ("images", "restored images", "restored images"),
        ("trained", "300 steps", "300 steps"),
    ],
)
def test_a_heading_says_what_a_method_is(
    bundled: Report, tmp_path: Path, kind: str, note: str, budget: str
) -> None:
    report = bundled if kind == "trained" else with_record(bundled, "vdsr-sr", kind)
    pages = rendered(report, tmp_path)
    heading = f'</a><small class="budget">{note}</small><small><code>vdsr-sr</code></small>'
    assert heading in pages["tables"]
    rows = csv.DictReader(pages["summary"].splitlines())
    assert {row["budget"] for row in rows if row["our_method"] == "vdsr-sr"} == {budget}


def test_what_is_no_network_stands_in_no_table_of_networks(bundled: Report) -> None:
    report = with_record(bundled, "vdsr-sr", "images")
    labels = [row.column.label for row in tables_of(report)[2].ours.rows]  # type: ignore[union-attr]
    assert "vdsr-sr" not in labels and "memnet-sr" in labels


@pytest.mark.parametrize(
    ("changes", "words", "others"),
    [
        ({"kind": "callable", "callable": "mine:f<g>"},
         ["<dt>function</dt><dd>mine:f&lt;g&gt;</dd>", "<dt>callable sha256</dt>"],
         ["images from", "weights sha256"]),
        ({"kind": "images", "folder": "out & in"},
         ["<dt>images from</dt><dd>out &amp; in</dd>", "<dt>images sha256</dt>"],
         ["<dt>function</dt>", "weights sha256"]),
    ],
    ids=["callable", "images"],
)  # fmt: skip
def test_provenance_names_the_function_or_the_folder(
    build: Callable[..., Report],
    tmp_path: Path,
    changes: dict[str, Any],
    words: list[str],
    others: list[str],
) -> None:
    tasks = {SR: [2, 4], "jpeg_deblocking": None}
    report = build({SR: ("set5",)})
    shown = with_record(report, "vdsr-sr", tasks=tasks, method_sha256="e" * 64, **changes)
    source = rendered(shown, tmp_path)["provenance"]
    (run,) = re.findall(r'<section class="run"(?:(?!</section>).)*<h3>vdsr-sr.*?</section>', source,
                        re.DOTALL)  # fmt: skip
    run = run[run.index("<h3>vdsr-sr") :]
    assert f"<small>Super-resolution, JPEG deblocking, {changes['kind']}</small>" in run
    for word in [*words, "<dt>restores</dt><dd>Super-resolution ×2, ×4</dd>", "e" * 64]:
        assert word in run
    for word in [*others, "network", "training", "environment", "commit", "None"]:
        assert word not in run


def test_a_released_network_shows_its_card(build: Callable[..., Report], tmp_path: Path) -> None:
    score = {"dataset": "set5", "level": 3, "psnr": 32.751, "ssim": 0.9091, "num_images": 5}
    score |= {"tiling": "whole", "num_seeds": 1, "input_psnr": 30.39, "input_ssim": 0.8682}
    report = build({SR: ("set5",)})
    released = {"released": "weights/<vdsr>", "scores": [score]}
    records = (changed(r, **released) if r.method == "vdsr-sr" else r for r in report.records)
    source = rendered(replace(report, records=tuple(records)), tmp_path)["provenance"]
    assert source.count("<dt>released</dt>") == 1
    card = source[source.index("<dt>released</dt>") :]
    card = " ".join(card[: card.index("</dd>")].split())
    assert card.endswith("weights/&lt;vdsr&gt;; its model card says Set5 ×3 32.75 dB, 0.9091.")
