"""The page about what is inside a network."""

import re
from dataclasses import replace
from pathlib import Path

from reports.pages.figures import spectrum_figure
from reports.pages.model import Report
from reports.pages.render import render_report
from tests.reports.conftest import make_probe


def page(report: Report, folder: Path) -> str:
    render_report(report, folder)
    return " ".join((folder / "network.html").read_text(encoding="utf-8").split())


def test_the_prediction_of_each_block_is_shown(bundled: Report, tmp_path: Path) -> None:
    text = page(bundled, tmp_path)
    assert "<code>memnet-nl-sr</code>, Bundled photographs, 6 images" in text
    assert len(re.findall(r"<td[^>]*>31.50</td> <td[^>]*>31.60</td>", text)) == 2
    for kind in ("predictions", "spectra"):
        assert (tmp_path / f"exports/figures/{kind}-memnet-sr-on-bundled-test.svg").is_file()


def test_a_profile_without_a_memnet_says_so(bundled: Report, tmp_path: Path) -> None:
    report = replace(bundled, probes=(), gate_norms={}, output_weights={})
    assert "This profile has no MemNet." in page(report, tmp_path)


def test_hostile_names_are_text(bundled: Report, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    report = replace(bundled, probes=(make_probe(evil, "bundled-test"),))
    text = page(report, tmp_path)
    assert evil not in text and "&lt;script&gt;" in text


def test_blocks_are_drawn_less_the_final_prediction() -> None:
    found = make_probe("memnet-sr", "set5")
    same = spectrum_figure(found).svg
    found["levels"]["3"]["spectra"][1] = [3.0, 2.0, 1.5]
    assert spectrum_figure(found).svg != same
