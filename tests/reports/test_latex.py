"""LaTeX of the tables: what is escaped, and that pdflatex reads every file."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from memnet.published.cells import load_published
from reports.exports.latex import PACKAGES, escaped, latex
from reports.exports.sheets import table_sheets
from reports.pages.model import Report
from reports.pages.tables import build_tables

ARTICLE = r"""\documentclass[twocolumn]{article}
\usepackage[margin=2cm]{geometry}
%(packages)s
\begin{document}
%(text)s
\end{document}
"""
EVERY_CHARACTER = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x180)])) + "×σ±−∞†—’中😀"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b & c%", r"a\_b \& c\%"),
        ("<script>", r"\textless{}script\textgreater{}"),
        (r"\input{x}$1^2~#|", r"\textbackslash{}input\{x\}\$1\textasciicircum{}2"
         r"\textasciitilde{}\#\textbar{}"),
        ("a--b---c", "a-{}-b-{}-{}-c"),
        ("[1] *", "{[}1{]} {*}"),
        ("×3, σ 50, ±0.01, †, —", r"$\times$3, $\sigma$ 50, $\pm$0.01, $^{\dagger}$, "
         r"\textemdash{}"),
        ("é à ç, 中", "é à ç, [U+4E2D]"),
        ("two\nlines", "two lines"),
    ],
)  # fmt: skip
def test_special_characters_are_printed(text: str, expected: str) -> None:
    assert escaped(text) == expected


def test_a_budget_of_several_lines_stays_a_comment(full: Report) -> None:
    report = replace(full, budget="one\n\\end{document}")
    for table in build_tables(report, load_published()):
        for sheet in table_sheets(table, load_published()):
            lines = latex(sheet, report).splitlines()
            assert not any(line.startswith(r"\end{document}") for line in lines)


def compiled(text: str, folder: Path) -> str:
    """The log of pdflatex on an article with `text`."""
    program = shutil.which("pdflatex")
    if program is None:
        pytest.skip("pdflatex is not installed: the LaTeX of the tables was not compiled")
    packages = "\n".join(rf"\usepackage{{{name}}}" for name in PACKAGES)
    source = ARTICLE % {"packages": packages, "text": text}
    (folder / "article.tex").write_text(source, encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "article.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, log[-3000:]
    return log


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bundled", "full", "hostile"])
def test_pdflatex_reads_every_table(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    report, published = request.getfixturevalue(name), load_published()
    tables = build_tables(report, published)
    sheets = [sheet for table in tables for sheet in table_sheets(table, published)]
    texts = [latex(sheet, report) for sheet in sheets]
    for text in texts:
        needed = re.findall(r"\\usepackage\{(\w+)\}", text.split("\\begin", maxsplit=1)[0])
        assert tuple(needed) == PACKAGES
    log = compiled("\n\\clearpage\n".join(texts), tmp_path)
    assert "Overfull \\hbox" not in log
    assert f"({len(texts)} page" in log


@pytest.mark.slow
def test_pdflatex_reads_every_character(tmp_path: Path) -> None:
    log = compiled(" ".join(escaped(character) for character in EVERY_CHARACTER), tmp_path)
    assert "Missing character" not in log
