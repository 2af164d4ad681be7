"""The first screen: how far our numbers lie from the paper's."""

from pathlib import Path

from memnet.published.cells import load_published
from reports.pages.model import Report
from reports.pages.overview import distances
from reports.pages.render import render_report
from reports.pages.tables import build_tables
from reports.pages.wording import signed
from tests.reports.test_tables import find

SR = "super_resolution"


def test_the_distance_to_the_papers_memnet_is_given_by_task(full: Report, tmp_path: Path) -> None:
    tables = build_tables(full, load_published())
    found = {task: differences for (task, _), differences in distances(tables).items()}
    assert {task: len(d) for task, d in found.items()} == {SR: 6, "jpeg_deblocking": 2}
    cell = find(tables[3], method="MemNet", dataset="set5", level=3, metric="psnr")
    assert cell.difference in found[SR]
    ends = " to ".join(signed(end(found[SR])) for end in (min, max))
    render_report(full, tmp_path)
    page = " ".join((tmp_path / "index.html").read_text(encoding="utf-8").split())
    assert f"{ends} dB</strong> against the paper’s MemNet (6 PSNR values)." in page


def test_images_of_ones_own_have_no_distance(bundled: Report) -> None:
    assert distances(build_tables(bundled, load_published())) == {}
