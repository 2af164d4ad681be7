"""Known answers: how methods of others, measured here, lie to what was published for them."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from memnet.published.cells import load_published
from memnet.published.verdict import KnownMiss
from memnet.results.rows import ResultKey
from reports.pages import render
from reports.pages.baselines import Baseline, BaselineBlock, baseline_blocks
from reports.pages.model import Report
from reports.pages.results import Results
from tests.records import of_others

PUBLISHED = load_published()
SR, NOISE = "super_resolution", "denoising"
REASON = "Its authors cut more pixels."
MISS = ("vdsr-sr/set5/psnr", 0.2, REASON)


@pytest.fixture
def report(build: Callable[..., Report]) -> Report:
    """Of the networks, only VDSR has its authors' weights; all its numbers are the published."""
    made = build({SR: ("set5", "set14"), NOISE: ("s14", "bsd200-half")})
    made = as_kind(made, "vdsr-sr", "converted")
    for dataset in ("set5", "set14"):
        for level in (2, 3, 4):
            for metric in ("psnr", "ssim"):
                made = measured(made, "vdsr-sr", SR, dataset, level, **{metric: 0.0})
    return made


def as_kind(report: Report, method: str, kind: str) -> Report:
    """The report with a method of another kind of record."""
    records = (
        of_others(method, next(iter(r.tasks)), kind) if r.method == method else r
        for r in report.records
    )
    return replace(report, records=tuple(records))


def knowing(report: Report, *misses: tuple[str, float, str]) -> Report:
    """The report with known misses: key, tolerance and reason of each."""
    known = {key: KnownMiss(tolerance=t, reason=why) for key, t, why in misses}
    rules = report.calibration_rules.model_copy(update={"known_misses": known})
    return replace(report, calibration_rules=rules)


def measured(
    report: Report, method: str, task: str, dataset: str, level: int, **misses: float
) -> Report:
    """The report with a result so far from the published value of its column."""
    column = next(c for c, ours in report.columns.items() if ours.get(task) == method)
    summary = report.summary.copy()
    here = (summary.method == method) & (summary.dataset == dataset) & (summary.level == level)
    assert here.sum() == 1
    for metric, miss in misses.items():
        cell = PUBLISHED.cell(method=column, task=task, dataset=dataset, level=level, metric=metric)
        assert cell is not None and cell.value is not None
        summary.loc[here, metric] = cell.value + miss
    return replace(report, summary=summary)


def blocks_of(report: Report) -> tuple[BaselineBlock, ...]:
    return baseline_blocks(report, PUBLISHED, Results.of(report, PUBLISHED))


def answer(report: Report, dataset: str, level: int, metric: str) -> Baseline:
    found = [
        entry
        for block in blocks_of(report)
        for entry in block.values
        if (entry.cell.dataset, entry.cell.level, entry.cell.metric) == (dataset, level, metric)
    ]
    assert len(found) == 1
    return found[0]


# Which methods have answers


def test_methods_that_were_trained_here_never_appear(report: Report, full: Report) -> None:
    assert [block.column.label for block in blocks_of(report)] == ["VDSR"]
    assert blocks_of(full) == ()


@pytest.mark.parametrize("kind", ["converted", "callable", "images"])
def test_methods_of_others_appear_whatever_they_are(report: Report, kind: str) -> None:
    (block,) = blocks_of(as_kind(report, "vdsr-sr", kind))
    notes = {"converted": "authors’ weights", "callable": "function", "images": "restored images"}
    assert (block.column.label, block.column.method) == ("VDSR", "vdsr-sr")
    assert block.column.note == notes[kind]


def test_each_place_of_the_paper_that_was_measured_is_a_row(report: Report) -> None:
    (block,) = blocks_of(report)
    cells = [entry.cell for entry in block.values]
    assert [(cell.task, cell.dataset, cell.level, cell.metric) for cell in cells] == [
        (SR, *place) for place in product(("set5", "set14"), (2, 3, 4), ("psnr", "ssim"))
    ]


def test_images_that_the_paper_does_not_have_give_no_answer(build: Callable[..., Report]) -> None:
    assert blocks_of(as_kind(build({SR: ("bundled-test",)}), "vdsr-sr", "converted")) == ()


def test_a_method_that_nobody_ran_gives_no_answer(report: Report) -> None:
    summary = report.summary[report.summary.method != "vdsr-sr"]
    assert blocks_of(replace(report, summary=summary)) == ()


def test_a_level_that_is_not_offered_is_no_answer(report: Report) -> None:
    grid = tuple(
        p for p in report.grid if p._replace(dataset="") != ResultKey("vdsr-sr", SR, "", 3)
    )
    (block,) = blocks_of(replace(report, grid=grid))
    assert [entry.cell.level for entry in block.values[::2]] == [2, 4, 2, 4]


def test_a_method_of_two_tasks_has_a_block_for_each(report: Report) -> None:
    columns = {"VDSR": {SR: "vdsr-sr"}, "RED": {NOISE: "memnet-denoise"}}
    both = as_kind(replace(report, columns=columns), "memnet-denoise", "converted")
    labels = [(block.column.label, block.values[0].cell.task) for block in blocks_of(both)]
    assert labels == [("RED", NOISE), ("VDSR", SR)]  # in the order of the paper's tables


# Verdicts


@pytest.mark.parametrize(
    ("metric", "miss", "verdict"),
    [
        ("psnr", 0, "within"),
        ("psnr", 0.049, "within"),
        ("psnr", -0.049, "within"),
        ("psnr", 0.051, "outside"),
        ("psnr", -0.051, "outside"),
        ("ssim", 0.0009, "within"),
        ("ssim", -0.0011, "outside"),
    ],
)
def test_a_miss_beyond_the_tolerance_is_outside(
    report: Report, metric: str, miss: float, verdict: str
) -> None:
    entry = answer(measured(report, "vdsr-sr", SR, "set5", 3, **{metric: miss}), "set5", 3, metric)
    assert (entry.judged.verdict, entry.judged.reason) == (verdict, None)
    assert entry.judged.tolerance == report.calibration_rules.baselines.of(metric)


@pytest.mark.parametrize(
    ("miss", "verdict", "tolerance", "note"),
    [
        (0.04, "within", 0.05, None),  # no miss at all
        (0.06, "known miss", 0.2, REASON),
        (-0.199, "known miss", 0.2, REASON),
        (0.201, "outside", 0.05, None),
        (-0.3, "outside", 0.05, None),
    ],
)
def test_a_known_miss_is_known_only_up_to_its_tolerance(
    report: Report, miss: float, verdict: str, tolerance: float, note: str | None
) -> None:
    changed = knowing(measured(report, "vdsr-sr", SR, "set5", 3, psnr=miss), MISS)
    entry = answer(changed, "set5", 3, "psnr")
    assert entry.judged == (verdict, tolerance, note)


@pytest.mark.parametrize(
    "other", ["drcn-sr/set5/psnr", "vdsr-sr/set14/psnr", "vdsr-sr/set5/ssim", "input/set5/psnr"]
)
def test_a_known_miss_of_another_place_excuses_nothing(report: Report, other: str) -> None:
    changed = measured(report, "vdsr-sr", SR, "set5", 3, psnr=0.1)
    entry = answer(knowing(changed, (other, 0.2, REASON)), "set5", 3, "psnr")
    assert entry.judged.verdict == "outside"


def test_no_verdict_is_given_against_a_recalled_number(report: Report) -> None:
    changed = as_kind(report, "memnet-denoise", "callable")
    changed = measured(changed, "memnet-denoise", NOISE, "s14", 30, psnr=0.0)
    # In Table 3, only the column of MemNet is known from memory alone.
    for column, verdict in (("BM3D", "outside"), ("MemNet", "not confirmed")):
        shown = replace(changed, columns={column: {NOISE: "memnet-denoise"}})
        assert answer(shown, "s14", 30, "psnr").judged.verdict == verdict


def test_a_place_without_a_number_has_no_published_value(report: Report) -> None:
    changed = replace(report, columns={"SRCNN": {SR: "vdsr-sr"}})
    verdicts = {
        (entry.cell.dataset, entry.cell.metric): entry.judged.verdict
        for block in blocks_of(changed)
        for entry in block.values
    }
    assert verdicts["set14", "psnr"] == verdicts["set14", "ssim"] == "no published value"


def test_each_reason_is_told_once(report: Report) -> None:
    misses = (MISS, ("vdsr-sr/set14/psnr", 0.2, "Another."))
    for dataset, level in (("set5", 2), ("set5", 3), ("set14", 2)):
        report = measured(report, "vdsr-sr", SR, dataset, level, psnr=0.1)
    (block,) = blocks_of(knowing(report, *misses))
    assert block.reasons == (REASON, "Another.")
    (block,) = blocks_of(knowing(report, misses[1]))
    assert block.reasons == ("Another.",)


# The page


@pytest.fixture(autouse=True)
def _read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "load_published", lambda: PUBLISHED)


def pages(report: Report, folder: Path) -> tuple[str, str]:
    """The baselines, and the overview with each space once, drawn without pictures."""
    plain = replace(report, histories={}, gate_norms={}, output_weights={}, comparisons=())
    render.render_report(plain, folder)
    source = (folder / "calibration.html").read_text(encoding="utf-8")
    index = (folder / "index.html").read_text(encoding="utf-8")
    return source[source.index('<h2 id="baselines">') :], " ".join(index.split())


def test_verdicts_and_reasons_stand_on_the_page(report: Report, tmp_path: Path) -> None:
    report = knowing(report, (*MISS[:2], "Cut <more> pixels."))
    report = measured(report, "vdsr-sr", SR, "set5", 3, psnr=0.1)
    report = measured(report, "vdsr-sr", SR, "set14", 2, psnr=-0.25)
    section, text = pages(report, tmp_path)
    assert "±0.05 dB and ±0.001" in section
    assert section.count("✓ within") == 10
    assert section.count("known miss</span>") == 1
    assert section.count("✗ outside") == 1
    assert "+0.10" in section and "−0.25" in section
    assert "<strong>Known miss</strong>: Cut &lt;more&gt; pixels." in section
    said = "<strong>10 of 12</strong> published values of methods of others match within tolerance;"
    assert f"{said} 1 more differ for a known reason" in text
    assert '<a href="calibration.html">Is the ruler right?</a></li>' in text
    assert '<span class="verdict bad">1 unexplained difference</span>' in text


def test_without_methods_of_others_the_page_says_who_has_them(full: Report, tmp_path: Path) -> None:
    section, text = pages(full, tmp_path)
    assert "not run: this profile runs no published method on the paper’s images." in section
    assert "published values of methods of others" not in text


def test_a_recalled_number_bears_its_dagger_and_no_verdict(report: Report, tmp_path: Path) -> None:
    changed = as_kind(report, "memnet-denoise", "callable")
    changed = replace(changed, columns={"MemNet": {NOISE: "memnet-denoise"}})
    section, _ = pages(changed, tmp_path)
    assert section.count('class="verdict none">not confirmed</span>') == 12
    assert section.count('class="dagger" href="tables.html#dagger" title=') == 24  # differences too
    assert section.count('<span class="recalled">') == 24 and 'id="recalled"' in section
