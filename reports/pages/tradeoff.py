"""PSNR against the number of convolution weights, of all networks in one place."""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from memnet.published.cells import ROW_TABLES, Published, PublishedValue
from memnet.results.rows import INPUT, ResultKey
from reports.pages.drawing import DASHED, INK, MUTED, NOTE, SERIES, STYLE, Drawing, drawn
from reports.pages.labels import CHARACTER, LINE, OFFSET, Spot, label_spots
from reports.pages.results import Results, trained_for
from reports.pages.wording import dataset_title, level_title, thousands

TASK = "super_resolution"
LEVEL = 3  # that of Tables 2 and 6
COLUMNS = {"MemNet_multi_291": "MemNet"}  # a row of Table 2 under its name in Table 4
PUBLISHED = "published"
LONGEST_LABEL = 36
LEGEND = 5  # entries in a line
WIDTH, LEFT, BOTTOM, TITLE = 8.4, 0.5, 0.45, 0.3  # inches: of the figure, and beside its axes


class Point(NamedTuple):
    """One network; `spent` is its training budget, or `PUBLISHED` for a published PSNR."""

    label: str
    weights: int
    psnr: float
    spent: str


class TradeOff(NamedTuple):
    """Networks in one place; `left_out` says why each other method has no point."""

    dataset: str
    level: int
    points: tuple[Point, ...]
    input_psnr: float | None
    left_out: Mapping[str, str]

    @property
    def place(self) -> str:
        """Dataset and level in words."""
        return f"{dataset_title(self.dataset)} {level_title(TASK, self.level)}"

    @property
    def budgets(self) -> tuple[str, ...]:
        """What was spent on the networks, each once; what is published last."""
        budgets = dict.fromkeys(point.spent for point in self.points)
        return tuple(sorted(budgets, key=lambda spent: spent == PUBLISHED))


def trade_off(results: Results, published: Published, names: Mapping[str, str]) -> TradeOff | None:
    """Networks on the first dataset of super-resolution at x3, or else at its middle level.

    None if no network has a result there. `names` has the names of our methods in words.
    """
    places = results.places(TASK)
    if not places:
        return None
    dataset = places[0][0]
    levels = sorted(level for name, level in places if name == dataset)
    level = LEVEL if LEVEL in levels else levels[len(levels) // 2]
    place = ResultKey(INPUT, TASK, dataset, level)
    points, left_out = _our_points(place, results, names)
    if not points:
        return None
    points += _published_points(place, published)
    degraded = results.own_cell(0, place, "psnr").ours
    return TradeOff(dataset, level, tuple(points), degraded, left_out)


def _our_points(
    place: ResultKey, results: Results, names: Mapping[str, str]
) -> tuple[list[Point], dict[str, str]]:
    points: list[Point] = []
    left_out: dict[str, str] = {}
    for method in (name for name in results.methods(TASK) if name != INPUT):
        record = results.records.get(method)
        weights = record.num_conv_weights if record else None
        cell = results.own_cell(0, place._replace(method=method), "psnr")
        if cell.ours is None:
            left_out[method] = cell.status
        elif record is None or weights is None:
            left_out[method] = "no number of weights"
        elif math.isinf(cell.ours):
            left_out[method] = "infinite PSNR"
        else:
            name = names.get(method, method)
            points.append(Point(name, weights, cell.ours, trained_for(record)))
    return points, left_out


def _published_points(place: ResultKey, published: Published) -> Iterator[Point]:
    """Networks of Tables 2 and 6 with their published PSNR; one that both name is one point."""
    points: dict[tuple[str, float], Point] = {}
    for row in (row for number in ROW_TABLES for row in published.tables[number].rows):
        named = place._replace(method=COLUMNS.get(row.method, row.method))
        cell = published.cell(**named._asdict(), metric="psnr")
        parameters = row.parameters
        if cell is None or cell.value is None or parameters.value is None:
            continue
        if cell.recalled or parameters.recalled:
            continue  # what is known from memory alone is shown on request, in the tables
        weights = _weights(parameters)
        key = thousands(weights), cell.value
        label = row.method.replace("_", " ")
        if key in points:
            label = f"{points[key].label}, {label}"
        points[key] = Point(label, weights, cell.value, PUBLISHED)
    yield from points.values()


def _weights(parameters: PublishedValue) -> int:
    """Number of weights, as 676992 or as the paper prints it, "677K"."""
    text = str(parameters.value).replace(",", "")
    return int(text.removesuffix("K")) * (1000 if text.endswith("K") else 1)


@rc_context(STYLE)
def trade_off_figure(found: TradeOff) -> Drawing:
    """Labelled points, a colour for each budget, hollow if published; the input is a line."""
    top = TITLE + 0.2 * -(-len(found.budgets) // LEGEND)
    height = max(3.0, top + BOTTOM + (1.3 * len(found.points) + 3) * LINE / 72)
    right = (2 * OFFSET + CHARACTER * max(len(_name(point)) for point in found.points)) / 72
    width, tall = (WIDTH - LEFT - right) / WIDTH, (height - top - BOTTOM) / height
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((LEFT / WIDTH, BOTTOM / height, width, tall))
    _scale(axes, found)
    for index, spent in enumerate(found.budgets):
        points = [point for point in found.points if point.spent == spent]
        hollow = spent == PUBLISHED
        color = MUTED if hollow or index >= len(SERIES) else SERIES[index]
        axes.plot(
            [point.weights for point in points], [point.psnr for point in points],
            "D" if hollow else "os^v"[index % 4], color=color, markersize=5,
            markerfacecolor="none" if hollow else color, label=spent,
        )  # fmt: skip
    if found.input_psnr is not None:
        axes.axhline(found.input_psnr, **DASHED)
        axes.annotate(
            "degraded input", (0, found.input_psnr), xycoords=("axes fraction", "data"),
            xytext=(3, -3), va="top", **NOTE,
        )  # fmt: skip
    _label(axes, found)
    axes.set_title(f"PSNR, dB, {found.place}", parse_math=False)
    figure.legend(loc="upper left", ncols=LEGEND, fontsize=8)
    return drawn(figure)


def _scale(axes: Axes, found: TradeOff) -> None:
    """A logarithmic axis of weights, with room for the name of the line below everything."""
    weights = [point.weights for point in found.points]
    margin = 1.1 * (max(weights) / min(weights)) ** 0.04
    low, high = min(weights) / margin, max(weights) * margin
    axes.set(xscale="log", xlim=(low, high), xlabel="convolution weights")
    steps = (1, 1.5, 2, 3, 5, 7) if high / low < 6 else (1, 2, 5) if high / low < 60 else (1,)
    axes.xaxis.set_major_locator(LogLocator(subs=steps))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_short))
    values = [point.psnr for point in found.points]
    values += [] if found.input_psnr is None else [found.input_psnr]
    room = (max(values) - min(values)) or 1.0
    axes.set_ylim(min(values) - 0.14 * room, max(values) + 0.1 * room)


def _short(count: float, _: int) -> str:
    return f"{count / 1e6:g}M" if count >= 1e6 else f"{count / 1e3:g}K"


def _label(axes: Axes, found: TradeOff) -> None:
    """Names of the points, each joined to its point by a thin line."""
    unit = 72 / axes.get_figure(root=True).dpi  # type: ignore[union-attr]
    ends = axes.transData.transform([(point.weights, point.psnr) for point in found.points]) * unit
    names = map(_name, found.points)
    spots = [Spot(float(x), float(y), name) for (x, y), name in zip(ends, names, strict=True)]
    window = axes.get_window_extent()
    low, high = (edge * unit for edge in (window.y0, window.y1))
    if found.input_psnr is not None and found.input_psnr < min(p.psnr for p in found.points):
        low = float(axes.transData.transform((1, found.input_psnr))[1]) * unit
    labels = label_spots(spots, low + LINE / 2, high - LINE / 2)
    for point, spot, label in zip(found.points, spots, labels, strict=True):
        axes.annotate(
            label.label, (point.weights, point.psnr), xytext=(label.x - spot.x, label.y - spot.y),
            textcoords="offset points", va="center", color=INK, fontsize=8, parse_math=False,
            arrowprops={
                "arrowstyle": "-", "color": MUTED, "linewidth": 0.5, "relpos": (0, 0.5),
                "shrinkA": 1, "shrinkB": 3,
            },
        )  # fmt: skip


def _name(point: Point) -> str:
    """Label of a point, cut where it is too long for the figure."""
    too_long = len(point.label) > LONGEST_LABEL
    return f"{point.label[: LONGEST_LABEL - 1]}…" if too_long else point.label
