"""The report as files to take along: tables, figures, every cell for programs, what to cite."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template

from memnet.files import write_text
from memnet.published.cells import Published
from reports.exports.document import report_json, summary_csv
from reports.exports.latex import latex
from reports.exports.markdown import markdown
from reports.exports.sheets import sheet_csv, table_sheets
from reports.pages.blocks import Table
from reports.pages.drawing import Drawing
from reports.pages.model import Report

CITATION = Template(Path(__file__).with_name("cite.bib").read_text(encoding="utf-8"))


def write_exports(
    report: Report,
    published: Published,
    tables: Iterable[Table],
    figures: Mapping[str, Drawing],
    folder: Path,
) -> None:
    """Write report.json, summary.csv and the folder `exports` into the folder of the pages.

    `figures` has each figure under the name of its files without suffix, see `figure_name`.
    """
    write_text(folder / "report.json", report_json(report, tables))
    write_text(folder / "summary.csv", summary_csv(report, published, tables))
    goal = folder / "exports"
    write_text(goal / "cite.bib", CITATION.substitute(version=report.versions["memnet"]))
    for sheet in (sheet for table in tables for sheet in table_sheets(table, published)):
        write_text(goal / f"{sheet.name}.csv", sheet_csv(sheet, report.profile))
        write_text(goal / f"{sheet.name}.md", markdown(sheet, report))
        write_text(goal / f"{sheet.name}.tex", latex(sheet, report))
    (goal / "figures").mkdir()
    for name, drawing in figures.items():
        write_text(goal / "figures" / f"{name}.svg", drawing.svg)
        (goal / "figures" / f"{name}.pdf").write_bytes(drawing.pdf)


def figure_name(kind: str, method: str) -> str:
    """Name of a figure's files: the method's own, less what a path could trip over."""
    return f"{kind}-{re.sub('[^A-Za-z0-9_-]+', '-', method)}"
