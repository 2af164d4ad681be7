"""Every cell of every table for programs: report.json, and summary.csv as the tables print them.

report.json holds:

profile, budget : name of the profile, and the sentence about its budget
created : when the report was made, UTC
commit : commit of the code that made it, and whether the code had changed since
versions : {package: version}, "memnet" being this project
cells : one object a cell, in the order of the tables

A cell has these fields; null means that there is nothing to tell:

table : 1 to 6
method : column of the paper; null where the cell is about a dataset of this profile's own
our_method : our method, "input" being the degraded images; null where the profile has none
task, dataset, level, metric : as "super_resolution", "set5", 3 (a scale, sigma or quality), "psnr"
paper : the published value; PSNR in dB
confidence : how sure it is: "verified", "single" or "recalled" (then it bears the dagger)
ours : the measured value, not rounded; "inf" for the PSNR of equal images
difference : ours less the published value, both as the tables print them
status : "compared", "not run", "not offered" (the method does not restore that level),
    "paper unknown", "paper dash" or "ours only"
num_images, num_seeds : what our mean was taken over
seed_std : standard deviation of the mean PSNR over noise seeds, dB; null with one seed
run_key : tag of the MLflow run that holds the number
"""

import json
from collections.abc import Iterable

import pandas as pd

from memnet.files import finite
from memnet.published.cells import Published
from memnet.results.rows import rows_csv
from reports.pages.blocks import Table
from reports.pages.model import Report
from reports.pages.results import Results
from reports.pages.wording import rounded

_PLACE = ("table", "method", "our_method", "task", "dataset", "level", "metric")
_FOUND = ("paper", "confidence", "ours", "difference")
FIELDS = (*_PLACE, *_FOUND, "status", "num_images", "num_seeds", "seed_std", "run_key")
HEADER = (*_PLACE, *_FOUND, "num_images", "num_seeds", "budget", "status", "run_key")


def report_json(report: Report, tables: Iterable[Table]) -> str:
    """Text of report.json."""
    cells = (cell for table in tables for cell in table.cells)
    document = {
        **{key: getattr(report, key) for key in ("profile", "budget", "created", "commit")},
        "versions": dict(report.versions),
        "cells": [{name: finite(getattr(cell, name)) for name in FIELDS} for cell in cells],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def summary_csv(report: Report, published: Published, tables: Iterable[Table]) -> str:
    """Text of summary.csv; numbers as printed in the tables, an empty field where there is none.

    `method` is the paper's column; it is empty in rows about the profile's own datasets.
    """
    results = Results.of(report, published)
    rows = []
    for cell in (cell for table in tables for cell in table.cells):
        numbers = {"paper": cell.paper, "ours": cell.ours}
        printed = {key: n if n is None else rounded(n, cell.metric) for key, n in numbers.items()}
        rows.append(vars(cell) | printed | {"budget": results.budget_of(cell.our_method)})
    return rows_csv(pd.DataFrame(rows, columns=list(HEADER), dtype=object))
