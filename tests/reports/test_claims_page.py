"""The page of the claims, what the overview says of it, and claims.csv."""

import csv
import re
from dataclasses import replace
from pathlib import Path

from reports.claims.judging import CSV_HEADER
from reports.pages import render
from reports.pages.model import Report
from tests.records import changed

EVIL = "<script>alert(1)</script>"


def rendered(report: Report, folder: Path) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    render.render_report(report, folder)
    return {
        path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()
    }


def rows_of(files: dict[str, str]) -> list[dict[str, str]]:
    return list(csv.DictReader(files["claims.csv"].splitlines()))


def verdict_of(files: dict[str, str], claim: int) -> str:
    return next(row["claim_verdict"] for row in rows_of(files) if row["claim"] == str(claim))


def better(report: Report) -> Report:
    """MemNet far above everything else."""
    frame = report.image_psnr.copy()
    frame.loc[frame.method.str.match("memnet-(sr|denoise|jpeg)"), "psnr"] += 2
    return replace(report, image_psnr=frame)


def test_page_and_csv_say_the_same(full: Report, tmp_path: Path) -> None:
    files = rendered(better(full), tmp_path)
    page, rows = files["claims.html"], rows_of(files)
    assert tuple(rows[0]) == CSV_HEADER
    assert sorted({int(row["claim"]) for row in rows}) == list(range(1, 24))
    verdicts = {int(row["claim"]): row["claim_verdict"] for row in rows}
    assert verdicts[4] == "stand-in"  # the networks are small
    assert verdicts[2] == "not run"  # BSD100 and Urban100 are not in this profile
    assert verdicts[18] == verdicts[23] == "nothing to check"
    assert verdicts[3] == "by construction"
    for number, verdict in verdicts.items():
        row = re.search(rf'<tr><th scope="row">{number}</th>.*?</tr>', page, re.DOTALL)
        assert row is not None
        assert re.search(rf">\s*[✓✗?]? ?{verdict}</span>", row[0])
    for verdict in set(verdicts.values()):
        count = sum(found == verdict for found in verdicts.values())
        assert f"<strong>{count}</strong> {verdict}" in page


def test_overview_lists_every_claim_that_can_be_checked(full: Report, tmp_path: Path) -> None:
    files = rendered(full, tmp_path)
    overview = files["index.html"][files["index.html"].index('id="claims"') :]
    for row in rows_of(files):
        listed = f'href="claims.html#claim-{row["claim"]}"' in overview
        assert listed == (row["claim_verdict"] != "nothing to check")
    assert "The paper’s network was not trained." in files["index.html"]


def test_page_shows_what_was_measured(full: Report, tmp_path: Path) -> None:
    page = rendered(better(full), tmp_path)["claims.html"]
    section = page[page.index('id="claim-4"') : page.index('id="claim-5"')]
    for words in ("MemNet − MemNet_NL", "Set5", "×2", " dB", "memnet-sr (300 steps) against"):
        assert words in section
    assert "other size" in section and "1 seed" in section
    assert "needs SRCNN, DnCNN, LapSRN and DRRN on Set5, Set14, BSD100 and Urban100" in page
    assert "fewer than 3 seeds" in page


def test_recalled_claims_bear_the_dagger(full: Report, tmp_path: Path) -> None:
    page = rendered(full, tmp_path)["claims.html"]
    for number, daggers in ((4, 0), (22, 1)):
        row = re.search(rf'<tr><th scope="row">{number}</th>.*?</tr>', page, re.DOTALL)
        assert row is not None
        assert row[0].count('class="dagger"') == daggers


def test_other_images_are_named(bundled: Report, tmp_path: Path) -> None:
    files = rendered(better(bundled), tmp_path)
    assert "other images, other size" in files["claims.html"]
    reasons = {row["reason"] for row in rows_of(files) if row["claim"] == "4"}
    assert reasons == {"other images, other size"}


def test_a_lost_result_is_not_run(full: Report, tmp_path: Path) -> None:
    report = better(full)
    assert verdict_of(rendered(report, tmp_path / "all"), 4) == "stand-in"
    frame = report.image_psnr
    lost = replace(report, image_psnr=frame[frame.method != "memnet-nl-sr"])
    files = rendered(lost, tmp_path / "lost")
    assert verdict_of(files, 4) == "not run"
    assert "not run: needs MemNet_NL on Set5 ×2" in files["claims.html"]


def test_hostile_names_are_text(full: Report, tmp_path: Path) -> None:
    record = next(r for r in full.records if r.method == "memnet-sr")
    names = {
        "summary": full.summary.replace("memnet-sr", EVIL),
        "image_psnr": full.image_psnr.replace("memnet-sr", EVIL),
    }
    report = replace(
        full,
        **names,
        grid=tuple(
            place._replace(method=EVIL) if place.method == "memnet-sr" else place
            for place in full.grid
        ),
        records=(changed(record, method=EVIL),),
        columns={**full.columns, "MemNet": {"super_resolution": EVIL}},
        gate_norms={EVIL: full.gate_norms["memnet-sr"]},
    )
    page = rendered(report, tmp_path)["claims.html"]
    assert EVIL not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; (300 steps) against" in page
