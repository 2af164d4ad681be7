"""The curves of growth as a figure."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from memnet.bench.growth import Cost

MIB = 2**20


def draw_growth(costs: Sequence[Cost], path: Path) -> None:
    """Write a figure: seconds above and peak memory below, a column for each thing that grows."""
    kinds = list(dict.fromkeys(cost.of for cost in costs))
    colours = {name: f"C{n}" for n, name in enumerate(dict.fromkeys(c.command for c in costs))}
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "memnet", "font.size": 9}):
        figure = Figure(figsize=(9, 5.5), layout="constrained")
        rows = figure.subplots(2, len(kinds), squeeze=False, sharex="col", sharey="row")
        for column, kind in enumerate(kinds):
            found = [cost for cost in costs if cost.of == kind]
            for command in dict.fromkeys(cost.command for cost in found):
                line = [cost for cost in found if cost.command == command]
                amounts = [cost.amount for cost in line]
                seconds, peaks = rows[:, column]
                style = {"marker": "o", "markersize": 3, "color": colours[command]}
                seconds.plot(amounts, [c.seconds for c in line], **style)
                peaks.plot(amounts, [c.peak_bytes / MIB for c in line], **style)
            _finish(rows[0][column], "", "seconds" if column == 0 else "")
            _finish(rows[1][column], kind, "peak memory, MiB" if column == 0 else "")
        lines = [Line2D([], [], color=colour, label=name) for name, colour in colours.items()]
        figure.legend(handles=lines, loc="outside right upper", frameon=False)
        figure.savefig(path, metadata={"Date": None})


def _finish(axes: Axes, below: str, left: str) -> None:
    axes.set(xscale="log", yscale="log", xlabel=below, ylabel=left)
    axes.grid(visible=True, which="major", alpha=0.3)
