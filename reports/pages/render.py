"""From a `Report` to static pages that open from the file system and request nothing.

The one script is part of each page, and lets a reader sort and switch what stands there without it.
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

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
from reports.pages import error_maps, figures, inside, overview, tradeoff, wording
from reports.pages import frontier as budgets
from reports.pages.baselines import baseline_blocks
from reports.pages.blocks import NetworkBlock, Table
from reports.pages.cards import label_cells
from reports.pages.data import leak_checks, not_compared
from reports.pages.deviations import NOT_MEASURED, load_deviations
from reports.pages.drawing import Drawing, inline_svg
from reports.pages.frontier import frontier_csv, frontier_of
from reports.pages.images import image_tables, shown_extremes
from reports.pages.model import Report
from reports.pages.names import names_of, spoken_names
from reports.pages.recipes import learned_by_task, recipe_curves_csv, recipe_studies
from reports.pages.results import Results
from reports.pages.ruler import Ruler
from reports.pages.tables import build_tables

TEMPLATES = Path(__file__).parent / "templates"
PAGES = {
    "index.html": "Overview",
    "tables.html": "Tables",
    "claims.html": "Claims",
    "training.html": "Training",
    "frontier.html": "What a budget buys",
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
    """
    folder = Path(folder)
    published = load_published()
    tables = build_tables(report, published)
    claims = judge_claims(report, published)
    drawings: dict[str, Drawing] = {}

    def shown(kind: str, title: str, method: str, drawing: Drawing) -> dict[str, str]:
        """Name of a figure's files, and its `<svg>`, which is our own and needs no escaping."""
        name = figure_name(kind, method)
        drawings[name] = drawing
        return {
            "name": name,
            "svg": Markup(inline_svg(drawing, key=name, title=f"{title} of {method}")),
        }

    context = {"shown": shown, **_context(report, published, tables, claims)}
    environment = _environment()
    for name in PAGES:
        page = label_cells(environment.get_template(name).render(page=name, **context))
        write_text(folder / name, page)
    write_text(folder / "curves.csv", recipe_curves_csv(report))
    write_text(folder / "frontier.csv", frontier_csv(context["frontier"]))
    write_text(folder / "claims.csv", claims_csv(claims))
    write_exports(report, published, tables, drawings, folder)


@cache
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
        "difference": wording.difference,
        "base64": _base64,
        "code": _code,
        "neighbours": _neighbours,
    }
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    # A Content-Security-Policy allows an inline script by its SHA-256.
    digest = hashlib.sha256(script.encode()).digest()
    environment.globals |= {
        "script": Markup(script),
        "script_hash": _base64(digest),
        "sheet_names": sheet_names,
        "error_maps": error_maps,
        "budgets": budgets,
        "figures": figures,
        "inside": inside,
        "tradeoff": tradeoff,
    }
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


def _context(
    report: Report, published: Published, tables: tuple[Table, ...], claims: tuple[JudgedClaim, ...]
) -> dict[str, Any]:
    results = Results.of(report, published)
    baselines = baseline_blocks(report, published, results)
    judged = ((block.column.label, value.judged) for block in baselines for value in block.values)
    cells = [cell for table in tables for cell in table.paper.cells]
    claim_counts = Counter(entry.verdict for entry in claims)
    untrained = [entry for entry in report.calibration if entry["published"] is not None]
    names = names_of(report)
    probed = [found["method"] for found in report.probes]
    every = dict.fromkeys([*report.gate_norms, *report.output_weights, *probed])
    memnets = inside.most_trained_first(every, report.records)
    return {
        "report": report,
        "published": published,
        "tables": tables,
        "claims": claims,
        "claim_counts": {name: claim_counts[name] for name in VERDICTS if claim_counts[name]},
        "papers_network": overview.papers_network(report.records),
        "names": names,
        "spoken": spoken_names(report),
        "trained": overview.trained_by_task(report),
        "picture": overview.picture(report),
        "distances": overview.distances(tables),
        "pages": PAGES,
        "headlines": _headlines(results),
        "num_recalled": sum(cell.recalled for cell in cells),
        "num_compared": sum(cell.status == "compared" for cell in cells),
        "num_published": sum(cell.paper is not None for cell in cells),
        "num_missing": sum(place not in results.measured for place in results.grid),
        # The PSNR of noisy images follows from the noise; nobody published it.
        "calibrated": Counter(e["verdict"] for e in untrained if e["task"] != "denoising"),
        "identities": Counter(e["verdict"] for e in untrained if e["task"] == "denoising"),
        "baselines": baselines,
        "ruler": Ruler.of(report.commit, judged) if baselines else report.ruler,
        "anchors": {
            INPUT: "run-input",
            **{record.method: f"run-{i}" for i, record in enumerate(report.records, 1)},
        },
        "run_keys": {
            (place.method, place.task): row["run_key"] for place, row in results.measured.items()
        },
        "trade_off": tradeoff.trade_off(results, published, names),
        "trainings": learned_by_task(report),
        "frontier": frontier_of(report, published),
        "studies": recipe_studies(report),
        "leak_checks": leak_checks(report),
        "not_compared": not_compared(report),
        "deviations": load_deviations(),
        "not_measured": NOT_MEASURED,
        "probes": sorted(report.probes, key=lambda found: memnets.index(found["method"])),
        "image_tables": image_tables(report, results),
        "extremes": shown_extremes(report, results.columns.get(overview.HEADLINE, {})),
        "gates": {m: report.gate_norms[m] for m in memnets if m in report.gate_norms},
        "output_weights": {
            m: report.output_weights[m] for m in memnets if m in report.output_weights
        },
    }


def _headlines(results: Results) -> dict[ResultKey, tuple[float, float]]:
    """Mean PSNR (dB) of the degraded input and of MemNet, in each place that has both."""
    places = [p for p in results.grid if p.method == results.method_of(overview.HEADLINE, p.task)]
    pairs = {p: [results.measured.get(k) for k in (p._replace(method=INPUT), p)] for p in places}
    return {p: (a["psnr"], b["psnr"]) for p, (a, b) in pairs.items() if a and b}
