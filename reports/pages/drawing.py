"""How figures are drawn for the page and for a paper: text stays text, two renders are equal."""

import io
import re
from html import escape
from typing import Any, NamedTuple

from matplotlib.figure import Figure

# The colours of a file, which are the page's in the light, and what a page has in their place, so
# that light and dark both fit.
_COLORS = {
    "#1f1e1b": "currentColor",
    "#66625a": "var(--muted)",
    "#d9d4c8": "var(--rule)",
    "#1f5c99": "var(--series-1)",
    "#a8721a": "var(--series-2)",
    "#8c2f4b": "var(--series-3)",
    "#ffffff": "none",
}
INK, MUTED, RULE, FIRST, SECOND, THIRD, _ = _COLORS
SERIES = (FIRST, SECOND, THIRD)
STYLE: Any = {  # the keys have a type of their own
    "svg.fonttype": "none",
    "svg.hashsalt": "memnet",
    "pdf.fonttype": 42,  # outlines that stay text; conferences refuse the default, Type 3
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "legend.frameon": False,
}
NOTE: Any = {"textcoords": "offset points", "color": MUTED, "fontsize": 8}
DASHED: Any = {"color": MUTED, "linestyle": (0, (4, 3)), "linewidth": 1}


class Drawing(NamedTuple):
    """A figure as SVG and as PDF, to be written to files: on white, without a date."""

    svg: str
    pdf: bytes


def drawn(figure: Figure) -> Drawing:
    """A finished figure as files."""
    svg, pdf = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None})
    figure.set_layout_engine("none")  # it has done its work
    figure.savefig(pdf, format="pdf", metadata={"CreationDate": None})
    return Drawing(svg.getvalue().decode(), pdf.getvalue())


def inline_svg(drawing: Drawing, *, key: str, title: str) -> str:
    """The figure as an `<svg>` element for a page: no prolog, no metadata, ids of its own.

    `key`, unique on the page, is the prefix of the ids; `title` is for screen readers.
    """
    text = drawing.svg
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    aria = f'role="img" aria-label="{escape(title)}"'
    text = re.sub(r'<svg [^>]*viewBox="([^"]*)"[^>]*>', rf'<svg viewBox="\1" {aria}>', text)
    text = re.sub(r'\bid="', f'id="{key}-', text)
    text = text.replace("xlink:href", "href")
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{key}-", text)
    text = re.sub(r"font-family: [^;\"]*(; )?", "", text)  # the page's own
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, flags=re.DOTALL)  # page-wide
    for drawn, shown in _COLORS.items():
        text = text.replace(drawn, shown)
    return text.strip()
