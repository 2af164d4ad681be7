"""From a `Report` to static pages that open from the file system and request nothing.

The one script is part of each page, and lets a reader sort and switch what stands there without it.
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_environment
from jinja2.filters import make_multi_attrgetter
from markupsafe import Markup, escape

from memnet.files import write_text
from memnet.published.cells import Published, load_published
from memnet.results.rows import INPUT, ResultKey
from reports.claims.judging import JudgedClaim, claims_csv, judge_claims
from reports.claims.verdicts import VERDICTS
from reports.exports.files import figure_name, write_exports
from reports.exports.sheets import sheet_names
from reports.pages import wording
from reports.pages.baselines import baseline_blocks, ruler_of
from reports.pages.blocks import NetworkBlock, Table
from reports.pages.cards import label_cells
from reports.pages.data import leak_checks, not_compared
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
from reports.pages.inside import (
    gates_found,
    most_trained_first,
    predictions_found,
    spectra_found,
    weights_found,
)
from reports.pages.model import Report
from reports.pages.names import names_of, spoken_names
from reports.pages.overview import (
    HEADLINE,
    claim_lists,
    distances,
    papers_network,
    picture,
    trained_by_task,
)
from reports.pages.recipes import learned_by_task, recipe_curves_csv, recipe_studies
from reports.pages.results import Results
from reports.pages.tables import build_tables
from reports.pages.tradeoff import trade_off, trade_off_figure

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
        page = label_cells(environment.get_template(name).render(page=name, **context))
        write_text(folder / name, page)
    write_text(folder / "curves.csv", recipe_curves_csv(report))
    write_text(folder / "claims.csv", claims_csv(claims))
    figures = {figure.name: figure.drawing for figure in context["figures"]}
    write_exports(report, published, tables, figures, folder)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": wording.number,
        "signed": wording.signed,
        "measured": wording.measured,
        "task_words": wording.task_words,
        "level": lambda level, task: wording.level_title(task, level),
        "dataset": wording.dataset_title,
        "task": wording.TASK_TITLES.__getitem__,
        "base64": _base64,
        "code": _code,
        "with_error_maps": with_error_maps,
        "difference": wording.difference,
        "group_means": group_means,
        "neighbours": _neighbours,
    }
    environment.globals |= {
        "sheet_names": sheet_names,
        "predictions_found": predictions_found,
        "spectra_found": spectra_found,
        "gates_found": gates_found,
        "weights_found": weights_found,
    }
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    # A Content-Security-Policy allows an inline script by its SHA-256.
    digest = hashlib.sha256(script.encode()).digest()
    environment.globals |= {"script": Markup(script), "script_hash": _base64(digest)}
    environment.tests["network_block"] = lambda block: isinstance(block, NetworkBlock)
    return environment


@pass_environment
def _neighbours(environment: Environment, rows: Iterable[Any], attributes: str) -> list[list[Any]]:
    """Neighbouring rows whose `attributes`, as "task,dataset", are the same; the order is kept."""
    key = make_multi_attrgetter(environment, attributes)
    return [list(group) for _, group in groupby(rows, key)]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _code(text: str) -> Markup:
    """Text in which `backticks` are code."""
    return Markup(re.sub("`([^`]*)`", r"<code>\1</code>", str(escape(text))))


class ShownFigure(NamedTuple):
    """A figure, its `<svg>` on a page, and the name of its files without their suffix."""

    name: str
    drawing: Drawing
    svg: Markup


class Headline(NamedTuple):
    """Mean PSNR (dB) of MemNet beside that of its degraded input, in one place."""

    place: ResultKey
    degraded: float
    restored: float


def _context(
    report: Report, published: Published, tables: tuple[Table, ...], claims: tuple[JudgedClaim, ...]
) -> dict[str, Any]:
    results = Results.of(report, published)
    blocks = baseline_blocks(report, published, results)
    cells = [cell for table in tables for cell in table.paper.cells]
    claim_counts = Counter(entry.verdict for entry in claims)
    figures: list[ShownFigure] = []

    def shown(kind: str, title: str, method: str, drawing: Drawing) -> ShownFigure:
        """A figure of a method; our own SVG is safe, so it is not escaped again."""
        name = figure_name(kind, method)
        svg = inline_svg(drawing, key=name, title=f"{title} of {method}")
        figures.append(ShownFigure(name, drawing, Markup(svg)))
        return figures[-1]

    networks = trade_off(results, published, names_of(report))
    probed = [found["method"] for found in report.probes]
    every = dict.fromkeys([*report.gate_norms, *report.output_weights, *probed])
    memnets = most_trained_first(every, report.records)
    return {
        "report": report,
        "published": published,
        "tables": tables,
        "claims": claims,
        "claim_counts": {name: claim_counts[name] for name in VERDICTS if claim_counts[name]},
        "claim_lists": claim_lists(claims),
        "papers_network": papers_network(report.records),
        "names": names_of(report),
        "spoken": spoken_names(report),
        "trained": trained_by_task(report),
        "picture": picture(report),
        "distances": distances(tables),
        "num_recalled": sum(cell.recalled for table in tables for cell in table.paper.cells),
        "pages": PAGES,
        "headlines": list(_headlines(results)),
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
        "ruler": ruler_of(report.commit, blocks) if blocks else report.ruler,
        "anchors": {
            INPUT: "run-input",
            **{record.method: f"run-{i}" for i, record in enumerate(report.records, 1)},
        },
        "run_keys": {
            (place.method, place.task): row["run_key"] for place, row in results.measured.items()
        },
        "trade_off": networks
        and (
            networks,
            shown(
                "weights",
                "PSNR against convolution weights",
                f"{networks.dataset} x{networks.level}",
                trade_off_figure(networks),
            ),
        ),
        "trainings": {
            task: (
                learned,
                shown(
                    "curves",
                    "Training curves",
                    wording.task_words(task),
                    training_curves({entry.name: entry.row.curves for entry in learned}),
                ),
            )
            for task, learned in learned_by_task(report).items()
        },
        "studies": [
            (study, shown("recipes", "Validation PSNR by recipe", study.name, recipe_figure(study)))
            for study in recipe_studies(report)
        ],
        "leak_checks": leak_checks(report),
        "not_compared": not_compared(report),
        "deviations": load_deviations(),
        "not_measured": NOT_MEASURED,
        "probes": [
            (
                found,
                shown("predictions", "PSNR of each prediction", name, prediction_figure(found)),
                shown("spectra", "Spectra of the predictions", name, spectrum_figure(found)),
            )
            for found in sorted(report.probes, key=lambda found: memnets.index(found["method"]))
            for name in [f"{found['method']} on {found['dataset']}"]
        ],
        "image_tables": image_tables(report, results),
        "extremes": shown_extremes(report, results.columns.get(HEADLINE, {})),
        "error_scale": {"factor": FACTOR, "largest": LARGEST, "png": color_scale()},
        "gates": {
            method: (gates, shown("gates", "Gate weight norms", method, gate_norm_figure(gates)))
            for method in memnets
            if (gates := report.gate_norms.get(method))
        },
        "output_weights": {
            method: weights for method in memnets if (weights := report.output_weights.get(method))
        },
        "figures": figures,
    }


def _headlines(results: Results) -> Iterator[Headline]:
    for place in results.grid:
        if place.method == results.method_of(HEADLINE, place.task):
            restored = results.measured.get(place)
            degraded = results.measured.get(place._replace(method=INPUT))
            if restored and degraded:
                yield Headline(place, degraded["psnr"], restored["psnr"])
