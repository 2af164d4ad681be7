"""The report as files to take along: tables, figures, every cell as JSON, what to cite."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from memnet.published.cells import Published
from reports.exports.document import report_json
from reports.exports.latex import latex
from reports.exports.markdown import markdown
from reports.exports.sheet_csv import sheet_csv
from reports.exports.sheets import table_sheets
from reports.pages.drawing import Drawing
from reports.pages.model import Report, Table
from reports.pages.summary import write_text

FOLDER = "exports"
CITATION = """\
@inproceedings{{tai2017memnet,
  title     = {{{{MemNet}}: A Persistent Memory Network for Image Restoration}},
  author    = {{Tai, Ying and Yang, Jian and Liu, Xiaoming and Xu, Chunyan}},
  booktitle = {{Proceedings of the IEEE International Conference on Computer Vision (ICCV)}},
  pages     = {{4539--4547}},
  year      = {{2017}},
}}

@misc{{memnet-reproduced,
  title  = {{{{memnet}}: {{MemNet}} ({{ICCV}} 2017) reproduced}},
  author = {{{{The memnet developers}}}},
  year   = {{2026}},
  note   = {{Version {version}}},
}}
"""


def write_exports(
    report: Report,
    published: Published,
    tables: Iterable[Table],
    figures: Mapping[str, Drawing],
    folder: Path,
) -> None:
    """Write report.json and the folder `exports` of a report.

    Parameters
    ----------
    report, published, tables : what the pages show
    figures : {name of the files without their suffix: drawing}, see `figure_name`
    folder : existing folder of the pages
    """
    write_text(folder / "report.json", report_json(report, tables))
    goal = folder / FOLDER
    (goal / "figures").mkdir(parents=True)
    write_text(goal / "cite.bib", CITATION.format(version=report.versions["memnet"]))
    for sheet in (sheet for table in tables for sheet in table_sheets(table, published)):
        write_text(goal / f"{sheet.name}.csv", sheet_csv(sheet, report.profile))
        write_text(goal / f"{sheet.name}.md", markdown(sheet, report))
        write_text(goal / f"{sheet.name}.tex", latex(sheet, report))
    for name, drawing in figures.items():
        write_text(goal / "figures" / f"{name}.svg", drawing.svg)
        (goal / "figures" / f"{name}.pdf").write_bytes(drawing.pdf)


def figure_name(kind: str, method: str) -> str:
    """Name of a figure's files: the method's own, less what a path could trip over."""
    return f"{kind}-{re.sub('[^A-Za-z0-9_-]+', '-', method)}"
