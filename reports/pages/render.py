"""From a `Report` to static pages that open from the file system and request nothing.

The one script is part of each page, and lets a reader sort and switch what stands there without it.
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from memnet.published.cells import Published, load_published
from memnet.results.rows import INPUT, ResultKey
from reports.claims.judging import JudgedClaim, claims_csv, judge_claims
from reports.claims.verdicts import VERDICTS
from reports.exports.files import figure_name, write_exports
from reports.exports.sheets import sheet_names
from reports.pages import wording
from reports.pages.baselines import baseline_blocks
from reports.pages.data import leak_checks
from reports.pages.deviations import NOT_MEASURED, load_deviations
from reports.pages.drawing import Drawing, inline_svg
from reports.pages.error_maps import FACTOR, LARGEST, color_scale, with_error_maps
from reports.pages.figures import (
    gate_norm_figure,
    group_means,
    prediction_figure,
    recipe_figure,
    spectrum_figure,
    training_curves,
)
from reports.pages.images import image_tables, shown_extremes
from reports.pages.model import NetworkBlock, Report, Table
from reports.pages.overview import claim_lists, papers_network, picture, spoken_names
from reports.pages.recipes import recipe_curves_csv, recipe_studies
from reports.pages.results import Results
from reports.pages.summary import summary_csv, write_text
from reports.pages.tables import build_tables
from reports.pages.tradeoff import TradeOff, trade_off, trade_off_figure

TEMPLATES = Path(__file__).parent / "templates"
PAGES = {
    "index.html": "Overview",
    "tables.html": "Tables",
    "claims.html": "Claims",
    "training.html": "Training",
    "network.html": "Inside the network",
    "images.html": "Images",
    "calibration.html": "Is the ruler right?",
    "data.html": "Data",
    "deviations.html": "Deviations",
    "provenance.html": "Provenance",
}
HEADLINE_COLUMN = "MemNet"


def render_report(report: Report, folder: str | Path) -> None:
    """Write the pages and what machines read into an existing, empty `folder`.

    The caller passes a temporary folder and moves it into place when this returns.

    Raises
    ------
    ValueError : the report's summary contradicts itself, see `Results.of`
    """
    folder = Path(folder)
    published = load_published()
    tables = build_tables(report, published)
    claims = judge_claims(report, published)
    context = _context(report, published, tables, claims)
    environment = _environment()
    for name in PAGES:
        page = environment.get_template(name).render(page=name, **context)
        write_text(folder / name, page)
    write_text(folder / "summary.csv", summary_csv(report, published, tables))
    write_text(folder / "curves.csv", recipe_curves_csv(report))
    write_text(folder / "claims.csv", claims_csv(claims))
    studies = (figure for _, figure in context["studies"])
    inside = (figure for _, *figures in context["probes"] for figure in figures)
    overview = filter(None, [context["trade_off"][1]])
    curves, gates = context["curves"].values(), context["gates"].values()
    shown = (*overview, *curves, *gates, *studies, *inside)
    figures = {one.name: one.drawing for one in shown}
    write_exports(report, published, tables, figures, folder)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "number": wording.number,
        "signed": wording.signed,
        "measured": wording.measured,
        "task_words": wording.task_words,
        "level": lambda level, task: wording.level_title(task, level),
        "dataset": wording.dataset_title,
        "task": wording.TASK_TITLES.__getitem__,
        "data_uri": _data_uri,
        "code": _code,
        "with_error_maps": with_error_maps,
        "groupby_dataset": lambda rows: _runs_of(rows, lambda row: row.dataset),
        "groupby_dataset_of_task": lambda rows: _runs_of(rows, lambda t: (t.task, t.dataset)),
        "groupby_place": lambda rows: _runs_of(rows, lambda h: (h.place.task, h.place.dataset)),
        "groupby_finding": lambda rows: _runs_of(rows, lambda f: (f.task, f.dataset)),
        "groupby_entry": lambda rows: _runs_of(rows, lambda e: (e["task"], e["dataset"])),
    }
    environment.filters.update(filters)
    environment.globals["sheet_names"] = sheet_names
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    environment.globals |= {"script": Markup(script), "script_hash": _csp_hash(script)}
    environment.tests["network_block"] = lambda block: isinstance(block, NetworkBlock)
    return environment


def _csp_hash(script: str) -> str:
    """What a Content-Security-Policy allows an inline script by: its SHA-256."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


def _runs_of(rows: Iterable[Any], key: Callable[[Any], Any]) -> list[list[Any]]:
    """Neighbouring rows with the same key, together; the order is kept."""
    return [list(group) for _, group in groupby(rows, key)]


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _code(text: str) -> Markup:
    """Text in which `backticks` are code."""
    return Markup(re.sub("`([^`]*)`", r"<code>\1</code>", str(escape(text))))


def _context(
    report: Report, published: Published, tables: tuple[Table, ...], claims: tuple[JudgedClaim, ...]
) -> dict[str, Any]:
    results = Results.of(report, published)
    blocks = baseline_blocks(report, published, results)
    verdicts = Counter(value.judged.verdict for block in blocks for value in block.values)
    cells = [cell for table in tables for cell in table.paper.cells]
    return {
        "report": report,
        "published": published,
        "tables": tables,
        "claims": claims,
        "claim_counts": _claim_counts(claims),
        "claim_lists": claim_lists(claims),
        "papers_network": papers_network(report.records),
        "spoken": spoken_names(report.records),
        "trained": _trained(report),
        "picture": picture(report),
        "num_recalled": sum(cell.recalled for table in tables for cell in table.paper.cells),
        "pages": PAGES,
        "headlines": _headlines(results),
        "num_compared": sum(cell.status == "compared" for cell in cells),
        "num_published": sum(cell.paper is not None for cell in cells),
        "num_missing": sum(place not in results.measured for place in results.grid),
        "calibrated": Counter(
            entry["verdict"]
            for entry in report.calibration
            if entry["published"] is not None and entry["task"] != "denoising"
        ),
        # The PSNR of noisy images follows from the noise; nobody published it.
        "identities": Counter(
            entry["verdict"]
            for entry in report.calibration
            if entry["published"] is not None and entry["task"] == "denoising"
        ),
        "baselines": blocks,
        "verdicts": verdicts,
        "calibration": [_calibration_row(entry) for entry in report.calibration],
        "anchors": {
            INPUT: "run-input",
            **{record.method: f"run-{i}" for i, record in enumerate(report.records, 1)},
        },
        "run_keys": _run_keys(results),
        "trade_off": _trade_off(results, published),
        "curves": {
            method: _shown("curves", "Training curves", method, training_curves(history))
            for method, history in report.histories.items()
        },
        "studies": [
            (
                study,
                _shown("recipes", "Validation PSNR by recipe", study.name, recipe_figure(study)),
            )
            for study in recipe_studies(report)
        ],
        "leak_checks": leak_checks(report),
        "deviations": load_deviations(),
        "not_measured": NOT_MEASURED,
        "probes": [
            (
                found,
                _shown("predictions", "PSNR of each prediction", name, prediction_figure(found)),
                _shown("spectra", "Spectra of the predictions", name, spectrum_figure(found)),
            )
            for found in report.probes
            for name in [f"{found['method']} on {found['dataset']}"]
        ],
        "image_tables": image_tables(report, results),
        "extremes": shown_extremes(report, results.columns.get(HEADLINE_COLUMN, {})),
        "error_scale": {"factor": FACTOR, "largest": LARGEST, "png": color_scale()},
        "gates": {
            method: _shown("gates", "Gate weight norms", method, gate_norm_figure(gates))
            for method, gates in report.gate_norms.items()
        },
        "gate_means": {method: group_means(gates) for method, gates in report.gate_norms.items()},
    }


def _trained(report: Report) -> dict[str, list[str]]:
    """Names of the networks that were trained here, by task."""
    names = spoken_names(report.records)
    learned = [(r.training_set.task, names[r.method]) for r in report.records if r.training_set]
    tasks = dict.fromkeys(task for task, _ in learned)
    return {task: list(dict.fromkeys(n for t, n in learned if t == task)) for task in tasks}


def _claim_counts(claims: tuple[JudgedClaim, ...]) -> dict[str, int]:
    """Number of claims with each verdict that occurs."""
    counts = Counter(entry.verdict for entry in claims)
    return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]}


@dataclass(frozen=True)
class Headline:
    """Mean PSNR (dB) of MemNet beside that of its degraded input, in one place."""

    place: ResultKey
    degraded: float
    restored: float

    @property
    def gain(self) -> Decimal:
        """What the network adds, in dB; not above zero means that it has not learned its task."""
        return wording.difference(self.restored, self.degraded, "psnr")


def _headlines(results: Results) -> list[Headline]:
    headlines = []
    for place in results.grid:
        if place.method != results.method_of(HEADLINE_COLUMN, place.task):
            continue
        restored = results.measured.get(place)
        degraded = results.measured.get(place._replace(method=INPUT))
        if restored and degraded:
            headlines.append(Headline(place, degraded["psnr"], restored["psnr"]))
    return headlines


def _run_keys(results: Results) -> dict[str, dict[str, str]]:
    """Key of the MLflow run of each method, by task."""
    keys: dict[str, dict[str, str]] = {}
    for place, row in results.measured.items():
        keys.setdefault(place.method, {})[place.task] = row["run_key"]
    return keys


def _calibration_row(entry: Mapping[str, Any]) -> dict[str, Any]:
    known = entry["published"] is not None
    gap = wording.difference(entry["ours"], entry["published"], entry["metric"]) if known else None
    return {**entry, "difference": gap}


@dataclass(frozen=True)
class ShownFigure:
    """A figure, its `<svg>` on a page, and the name of its files without their suffix."""

    name: str
    drawing: Drawing
    svg: Markup


def _shown(kind: str, title: str, method: str, drawing: Drawing) -> ShownFigure:
    """A figure of a method; our own SVG is safe, so it is not escaped again."""
    name = figure_name(kind, method)
    svg = inline_svg(drawing, key=name, title=f"{title} of {method}")
    return ShownFigure(name, drawing, Markup(svg))


def _trade_off(
    results: Results, published: Published
) -> tuple[TradeOff, ShownFigure] | tuple[None, None]:
    found = trade_off(results, published)
    if found is None:
        return None, None
    where = f"{found.dataset} x{found.level}"
    figure = trade_off_figure(found)
    return found, _shown("weights", "PSNR against convolution weights", where, figure)
