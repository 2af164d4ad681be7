"""Figures of trainings, of what gates have learned, and of what a MemNet does block by block."""

from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter
from numpy.typing import NDArray

from reports.pages.drawing import DASHED, INK, MUTED, NOTE, RULE, SERIES, STYLE, Drawing, drawn
from reports.pages.model import GateNorms
from reports.pages.recipes import Learned, RecipeStudy
from reports.pages.wording import level_title

LINES = ("-", "--", ":", "-.")
LONGER = 5  # times the steps of another training: from here on the axis is logarithmic
GROUPS = ("long-term", "short-term, recursions 1 to R−1", "last recursion")


@rc_context(STYLE)
def training_curves(learned: Mapping[str, Learned]) -> Drawing:
    """Loss, and gain in PSNR over the degraded input on held-out images, against the step."""
    figure = Figure(figsize=(8.4, 2.9 + 0.1 * len(learned)), layout="constrained")
    left, right = figure.subplots(1, 2)
    for index, (name, entry) in enumerate(learned.items()):
        style: Any = {"color": SERIES[index % 3], "linestyle": LINES[index // 3 % 4]}
        for number, history in enumerate(entry.curves):
            label = None if number else name
            loss = history[["step", "loss"]].dropna()
            left.plot(loss["step"], loss["loss"], linewidth=1.2, label=label, **style)
            gain = history["validation_psnr"] - history["validation_input_psnr"]
            known = gain.notna()
            right.plot(
                history["step"][known], gain[known], linewidth=1.2, marker="o", ms=2, **style
            )
    each = [history for entry in learned.values() for history in entry.curves]
    every = pd.concat(each)
    left.set_title("training loss")
    right.set_title("held-out images: gain in PSNR over the input, dB")
    right.axhline(0, **DASHED)
    if bool((every["loss"].dropna() > 0).all()) and every["loss"].notna().any():
        left.set_yscale("log")
        left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        left.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        left.yaxis.set_minor_formatter(NullFormatter())
    if every["validation_psnr"].isna().all():
        right.set_yticks([])
        right.text(0.5, 0.5, "not measured", color=MUTED, ha="center", transform=right.transAxes)
    ends = [history["step"].max() for history in each]
    for axes in (left, right):
        axes.set_xlabel("step")
        if max(ends) > LONGER * min(ends):
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
            axes.xaxis.set_minor_formatter(NullFormatter())
        else:
            axes.xaxis.set_major_locator(MaxNLocator(4))
    figure.legend(loc="outside lower left", ncols=2, fontsize=8)
    return drawn(figure)


@rc_context(STYLE)
def recipe_figure(study: RecipeStudy) -> Drawing:
    """Validation PSNR of every seed against the pixels trained on, a colour for the first three."""
    figure = Figure(figsize=(7.2, 2.8), layout="constrained")
    axes = figure.subplots()
    for index, row in enumerate(study.rows):
        color = SERIES[index] if index < len(SERIES) else MUTED
        for number, history in enumerate(row.curves):
            pixels = history["step"] * row.pixels / row.steps / 1e6
            label = None if number else row.plan.recipe
            axes.plot(pixels, history["validation_psnr"], color=color, linewidth=1.2, label=label)
    axes.axhline(study.rows[0].input_psnr, label="input", **DASHED)
    axes.set(title="validation PSNR, dB", xlabel="megapixels trained on")
    axes.legend()
    return drawn(figure)


@rc_context(STYLE)
def gate_norm_figure(gates: GateNorms) -> Drawing:
    """Weight norm of every input map of every gate, and the mean of each group (Fig. 5).

    All norms are divided by the largest one of the network, so that blocks can be compared.
    """
    num_blocks = len(gates.norms)
    columns = min(num_blocks, 3)
    rows = -(-num_blocks // columns)
    figure = Figure(figsize=(9, 0.9 + 1.7 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for index, axes in enumerate(grid.flat):
        if index >= num_blocks:
            axes.set_visible(False)
            continue
        _gate_panel(axes, gates.norms[index] / _largest(gates), _bounds(gates, index))
        axes.set_title(f"memory block {index + 1}")
        if index % columns == 0:
            axes.set_ylabel("norm / largest")
        if index + columns >= num_blocks:
            axes.set_xlabel("input map of the gate")
    keys = [Patch(color=SERIES[g], label=GROUPS[g]) for g, _, _ in _bounds(gates, 0)]
    figure.legend(handles=keys, loc="outside upper left", ncols=len(keys))
    return drawn(figure)


def _largest(gates: GateNorms) -> float:
    return max(float(norms.max()) for norms in gates.norms) or 1.0


def _bounds(gates: GateNorms, index: int) -> list[tuple[int, int, int]]:
    """Group, first map and last map + 1 of the groups that gate `index` has."""
    width = gates.num_features
    sizes = (
        width * (index + 1) if gates.long_term else 0,
        width * (gates.num_recursions - 1) if gates.short_term else 0,
        width,
    )
    if sum(sizes) != len(gates.norms[index]):
        raise ValueError(
            f"gate {index + 1} must have {sum(sizes)} input maps, got {len(gates.norms[index])}"
        )
    ends = [0, *accumulate(sizes)]
    return [(g, *bounds) for g, bounds in enumerate(pairwise(ends)) if sizes[g]]


def group_means(gates: GateNorms) -> list[dict[str, float]]:
    """Mean norm of each group of each gate, divided by the largest norm of the network."""
    largest = _largest(gates)
    return [
        {GROUPS[g]: float(norms[a:b].mean()) / largest for g, a, b in _bounds(gates, index)}
        for index, norms in enumerate(gates.norms)
    ]


def _gate_panel(
    axes: Axes, norms: NDArray[np.floating], bounds: list[tuple[int, int, int]]
) -> None:
    for group, start, stop in bounds:
        color, part = SERIES[group], norms[start:stop]
        mean = float(part.mean())
        axes.bar(start, mean, width=stop - start, align="edge", color=color, alpha=0.22)
        axes.hlines(mean, start, stop, color=color, linewidth=1.2)
        axes.plot(np.arange(start, stop) + 0.5, part, color=color, linewidth=0.6)
        if start:
            axes.axvline(start, color=RULE, linewidth=0.8)
    axes.set(xlim=(0, len(norms)), ylim=(0, 1.02))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.grid(False)


@rc_context(STYLE)
def prediction_figure(probe: Mapping[str, Any]) -> Drawing:
    """PSNR of each block's prediction, and of the final one, against what it costs (Fig. 6)."""
    costs = np.array(probe["multiply_adds"]) / 1e3
    levels = probe["levels"]
    figure = Figure(figsize=(2.6 * len(levels), 2.3), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(levels)))
    for axes, (level, found) in zip(panels, levels.items(), strict=True):
        *blocks, final = found["psnr"]
        axes.plot(costs, blocks, color=SERIES[0], marker="o", ms=3, linewidth=1.2)
        axes.plot(costs[-1], final, color=SERIES[2], marker="D", ms=4, linestyle="none")
        axes.annotate("final", (costs[-1], final), xytext=(-5, 0), ha="right", va="center", **NOTE)
        axes.set_title(f"{level_title(probe['task'], int(level))}, PSNR, dB")
        axes.set_xlabel("thousand multiply-adds per pixel")
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.margins(y=0.15)
    return drawn(figure)


@rc_context(STYLE)
def spectrum_figure(probe: Mapping[str, Any]) -> Drawing:
    """Spectral density of each block's prediction minus the final one's, at the hardest level."""
    level, found = list(probe["levels"].items())[-1]
    *blocks, final = (10 * np.array(spectrum) for spectrum in found["spectra"])
    frequencies = (np.arange(len(final)) + 0.5) / (2 * len(final))
    figure = Figure(figsize=(7.2, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(frequencies, final, color=INK, linewidth=1.2)
    left.set_title(f"final prediction, {level_title(probe['task'], int(level))}, dB")
    for index, spectrum in enumerate(blocks, 1):
        right.plot(
            frequencies, spectrum - final, color=SERIES[0],
            alpha=0.25 + 0.75 * (index / len(blocks)), linewidth=1.2, label=f"block {index}",
        )  # fmt: skip
    right.axhline(0, color=MUTED, linewidth=0.8)
    right.set_title("each block\u2019s prediction less the final one, dB")
    right.legend(fontsize=8)
    for axes in (left, right):
        axes.set_xlabel("cycles a pixel")
    return drawn(figure)
