from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from memnet.published.cells import load_published
from memnet.results.rows import ResultKey
from reports.pages.blocks import Cell, NetworkBlock, ResultBlock, Table
from reports.pages.model import Report
from reports.pages.tables import build_tables
from tests.records import changed

PUBLISHED = load_published()
SR = "super_resolution"


def tables_of(report: Report) -> dict[int, Table]:
    return {table.number: table for table in build_tables(report, PUBLISHED)}


def find(table: Table, **wanted: object) -> Cell:
    cells = [
        cell
        for cell in table.cells
        if all(getattr(cell, name) == value for name, value in wanted.items())
    ]
    assert len(cells) == 1, cells
    return cells[0]


def with_result(report: Report, place: ResultKey, **values: float) -> Report:
    """The report with other numbers in one row of its summary."""
    summary = report.summary.copy()
    here = np.logical_and.reduce(
        [summary[name] == value for name, value in place._asdict().items()]
    )
    assert here.sum() == 1
    for name, value in values.items():
        summary.loc[here, name] = value
    return replace(report, summary=summary)


def test_six_tables_state_profile_budget_and_protocol(bundled: Report) -> None:
    tables = tables_of(bundled)
    assert list(tables) == [1, 2, 3, 4, 5, 6]
    for table in tables.values():
        assert f"profile synthetic, {bundled.budget}." in table.caption
        assert len(table.protocol) == 1


def test_no_difference_across_datasets(bundled: Report) -> None:
    for table in tables_of(bundled).values():
        assert not table.compared
        for cell in table.cells:
            assert cell.difference is None
            assert (cell.method is None) == (cell.dataset == "bundled-test")
            assert cell.status == ("ours only" if cell.method is None else "not run")


def test_same_place_is_compared(full: Report) -> None:
    report = with_result(full, ResultKey("memnet-sr", SR, "set5", 3), psnr=34.146, ssim=0.92475)
    table = tables_of(report)[4]
    psnr = find(table, method="MemNet", dataset="set5", level=3, metric="psnr")
    assert (psnr.paper, psnr.ours, psnr.difference) == (34.09, 34.146, Decimal("0.06"))
    assert (psnr.status, psnr.our_method, psnr.num_images) == ("compared", "memnet-sr", 6)
    assert psnr.run_key == "key-of-memnet-sr"
    ssim = find(table, method="MemNet", dataset="set5", level=3, metric="ssim")
    assert ssim.difference == Decimal("0.0000")


def test_bicubic_and_jpeg_columns_are_the_degraded_input(full: Report) -> None:
    tables = tables_of(full)
    bicubic = find(tables[4], method="Bicubic", dataset="set14", level=2, metric="psnr")
    jpeg = find(tables[5], method="JPEG", dataset="classic5", level=10, metric="psnr")
    assert (bicubic.our_method, bicubic.status) == ("input", "compared")
    assert (jpeg.our_method, jpeg.status) == ("input", "compared")


def test_method_without_counterpart_is_not_run(full: Report) -> None:
    cell = find(tables_of(full)[4], method="SRCNN", dataset="set5", level=2, metric="psnr")
    assert (cell.status, cell.our_method, cell.ours) == ("not run", None, None)


@pytest.mark.parametrize("drop", [True, False], ids=["no row", "NaN"])
def test_missing_result_is_not_run(bundled: Report, drop: bool) -> None:
    place = ResultKey("memnet-sr", SR, "bundled-test", 3)
    report = with_result(bundled, place, psnr=np.nan)
    if drop:
        report = replace(report, summary=report.summary.dropna(subset="psnr"))
    table = tables_of(report)[4]
    wanted = {"our_method": "memnet-sr", "level": 3, "metric": "psnr", "dataset": "bundled-test"}
    cell = find(table, **wanted)
    assert (cell.status, cell.ours, cell.rank) == ("not run", None, 0)


def test_result_outside_the_grid_is_not_shown(bundled: Report) -> None:
    grid = tuple(place for place in bundled.grid if place.method != "drcn-sr")
    tables = tables_of(replace(bundled, grid=grid))
    shown = {cell.our_method for cell in tables[4].ours.cells}
    assert shown == {"input", "memnet-sr", "memnet-nl-sr", "memnet-ns-sr", "vdsr-sr"}


def test_unknown_and_dash(full: Report) -> None:
    columns = {**full.columns, "LapSRN": {SR: "vdsr-sr"}, "SRCNN": {SR: "vdsr-sr"}}
    table = tables_of(replace(full, columns=columns))[4]
    dash = find(table, method="LapSRN", dataset="set5", level=3, metric="psnr")
    unknown = find(table, method="SRCNN", dataset="set14", level=3, metric="psnr")
    assert (dash.status, dash.paper, dash.difference) == ("paper dash", None, None)
    assert (unknown.status, unknown.paper, unknown.difference) == ("paper unknown", None, None)


def test_dagger_marks_recalled_cells(full: Report) -> None:
    table = tables_of(full)[3]
    bm3d = find(table, method="BM3D", dataset="bsd200-half", level=30, metric="psnr")
    memnet = find(table, method="MemNet", dataset="s14", level=30, metric="psnr")
    assert (bm3d.recalled, memnet.recalled) == (False, True)


def test_best_and_second_best_as_printed(bundled: Report) -> None:
    report = bundled
    psnr = {"input": 30.0, "memnet-sr": 33.004, "memnet-nl-sr": 33.001, "memnet-ns-sr": 32.9}
    for method, value in {**psnr, "vdsr-sr": 32.5, "drcn-sr": 32.0}.items():
        report = with_result(report, ResultKey(method, SR, "bundled-test", 2), psnr=value)
    cells = {
        cell.our_method: cell.rank
        for cell in tables_of(report)[4].ours.cells
        if (cell.level, cell.metric) == (2, "psnr")
    }
    assert cells == {
        "input": 0,
        "memnet-sr": 1,
        "memnet-nl-sr": 1,  # 33.00 as well, once printed
        "memnet-ns-sr": 2,
        "vdsr-sr": 0,
        "drcn-sr": 0,
    }


def test_ranks_stay_inside_the_block_of_our_results(full: Report) -> None:
    for table in tables_of(full).values():
        assert all(cell.rank == 0 for cell in table.paper.cells)


def test_seed_spread_needs_several_seeds(bundled: Report) -> None:
    tables = tables_of(bundled)
    noisy = [cell for cell in tables[3].ours.cells if cell.metric == "psnr"]
    assert {cell.seed_std for cell in noisy} == {0.013}
    assert {cell.seed_std for cell in tables[4].ours.cells} == {None}


def test_ablation_shows_its_own_networks(bundled: Report) -> None:
    block = tables_of(bundled)[1].ours
    assert isinstance(block, ResultBlock)
    labels = [column.label for column in block.columns]
    assert set(labels) == {"Bicubic", "memnet-nl-sr", "memnet-ns-sr", "memnet-sr"}


def test_the_best_methods_come_first(bundled: Report) -> None:
    gains = {"memnet-sr": 2.0, "vdsr-sr": 3.0, "drcn-sr": -1.0, "memnet-nl-sr": np.nan}
    summary = bundled.summary.copy()
    degraded = summary[summary.method == "input"].set_index(["task", "level"]).psnr
    for index, row in summary.iterrows():
        if row.method in gains:
            summary.loc[index, "psnr"] = degraded[row.task, row.level] + gains[row.method]
    report = replace(bundled, summary=summary)
    block = tables_of(report)[4].ours
    assert isinstance(block, ResultBlock)
    labels = [column.label for column in block.columns if column.label != "memnet-ns-sr"]
    assert labels == ["vdsr-sr", "memnet-sr", "Bicubic", "drcn-sr", "memnet-nl-sr"]
    assert [column.label for column in block.measured.columns if column in block.columns] == [
        column.label for column in block.columns if column.label != "memnet-nl-sr"
    ]
    rows = tables_of(report)[2].ours
    assert isinstance(rows, NetworkBlock)
    assert [row.column.label for row in rows.measured.rows][:2] == ["vdsr-sr", "memnet-sr"]


def test_what_was_not_run_at_all_is_left_out_of_the_measured_part(full: Report) -> None:
    kept = full.summary[(full.summary.dataset != "set14") & (full.summary.method != "vdsr-sr")]
    block = tables_of(replace(full, summary=kept))[4].ours
    assert isinstance(block, ResultBlock)
    part = block.measured
    assert {row.dataset for row in block.rows} - {row.dataset for row in part.rows} == {"set14"}
    gone = {column.label for column in block.columns} - {column.label for column in part.columns}
    assert gone == {"vdsr-sr"}
    assert all(cell.ours is not None for cell in part.cells)


def test_what_was_spent_is_named_in_the_heading(bundled: Report) -> None:
    changes: dict[str, dict[str, object]] = {
        "vdsr-sr": {"kind": "converted"},
        "memnet-sr": {"steps": 12345},
        "memnet-nl-sr": {"steps": 14000, "minutes": 85.7, "released": "weights/memnet-nl-sr"},
    }
    records = tuple(changed(r, **changes.get(r.method, {})) for r in bundled.records)
    block = tables_of(replace(bundled, records=records))[4].ours
    assert isinstance(block, ResultBlock)
    notes = {column.label: column.note for column in block.columns}
    assert notes["vdsr-sr"] == "authors’ weights"
    assert notes["memnet-sr"] == "12,345 steps"
    assert notes["memnet-nl-sr"] == "14,000 steps, 86 minutes, released"
    assert notes["drcn-sr"] == "300 steps"


def test_network_tables_describe_our_networks(bundled: Report) -> None:
    tables = tables_of(bundled)
    two, six = tables[2].ours, tables[6].ours
    assert isinstance(two, NetworkBlock)
    assert isinstance(six, NetworkBlock)
    facts = {row.column.label: [fact.text for fact in row.facts] for row in two.rows}
    assert facts["memnet-sr"] == ["23", "24", "31K", "8", "Yes"]
    assert facts["vdsr-sr"] == ["8", "24", "31K", "8", "No"]
    assert facts["drcn-sr"] == ["10", "24", "31K", "8", "Yes"]
    assert two.psnr_titles == ("Bundled photographs ×3",)
    assert {row.column.label for row in six.rows} == {"memnet-sr", "memnet-nl-sr", "memnet-ns-sr"}


def test_network_of_table_6_is_compared_when_named(full: Report) -> None:
    columns = {**full.columns, "M6R6": {SR: "memnet-sr"}}
    table = tables_of(replace(full, columns=columns))[6]
    assert find(table, method="M6R6").status == "compared"
    assert find(table, method="M4R6").status == "not run"


def test_unknown_column_is_refused(bundled: Report) -> None:
    with pytest.raises(ValueError, match=r"no column of the paper is named \['MemNett'\]"):
        tables_of(replace(bundled, columns={"MemNett": {SR: "memnet-sr"}}))


def test_twice_the_same_place_is_refused(bundled: Report) -> None:
    summary = pd.concat([bundled.summary, bundled.summary.iloc[:1]])
    with pytest.raises(ValueError, match="unique"):
        tables_of(replace(bundled, summary=summary))


def test_missing_summary_column_is_refused(bundled: Report) -> None:
    with pytest.raises(KeyError, match="run_key"):
        tables_of(replace(bundled, summary=bundled.summary.drop(columns="run_key")))


def test_rows_over_different_numbers_of_images_are_refused(bundled: Report) -> None:
    report = with_result(bundled, ResultKey("vdsr-sr", SR, "bundled-test", 2), num_images=5)
    with pytest.raises(ValueError, match=r"means over \[5, 6\] images"):
        tables_of(report)


def test_empty_profile_has_all_tables(build: Callable[..., Report]) -> None:
    report = build({SR: ("bundled-test",)})
    empty = replace(report, summary=report.summary.iloc[:0], grid=(), records=())
    for table in tables_of(empty).values():
        assert not list(table.ours.cells)
        assert {cell.status for cell in table.paper.cells} == {"not run"}
