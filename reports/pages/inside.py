"""Figures of what a MemNet does block by block."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reports.pages.drawing import INK, MUTED, SERIES, STYLE, Drawing, drawn
from reports.pages.wording import level_title


def prediction_figure(probe: Mapping[str, Any]) -> Drawing:
    """PSNR of each block's prediction, and of the final one, against what it costs (Fig. 6).

    Parameters
    ----------
    probe : what was found inside a network with several predictions
    """
    costs = np.array(probe["multiply_adds"]) / 1e3
    levels = probe["levels"]
    with rc_context(STYLE):
        figure = Figure(figsize=(2.6 * len(levels), 2.3), layout="constrained")
        for axes, (level, found) in zip(
            np.atleast_1d(figure.subplots(1, len(levels))), levels.items(), strict=True
        ):
            *blocks, final = found["psnr"]
            axes.plot(costs, blocks, color=SERIES[0], marker="o", ms=3, linewidth=1.2)
            axes.plot(costs[-1], final, color=SERIES[2], marker="D", ms=4, linestyle="none")
            axes.annotate(
                "final", (costs[-1], final), xytext=(-5, 0), textcoords="offset points",
                ha="right", va="center", color=MUTED, fontsize=8,
            )  # fmt: skip
            axes.set_title(f"{level_title(probe['task'], int(level))}, PSNR, dB")
            axes.set_xlabel("thousand multiply-adds a pixel")
            axes.xaxis.set_major_locator(MaxNLocator(4))
            axes.grid(axis="y")
            axes.margins(y=0.15)
        return drawn(figure)


def spectrum_figure(probe: Mapping[str, Any]) -> Drawing:
    """Spectral density of each block's prediction less that of the final one (Fig. 4).

    Parameters
    ----------
    probe : as in `prediction_figure`; the hardest level is drawn
    """
    level, found = list(probe["levels"].items())[-1]
    *blocks, final = (10 * np.array(spectrum) for spectrum in found["spectra"])
    frequencies = (np.arange(len(final)) + 0.5) / (2 * len(final))
    with rc_context(STYLE):
        figure = Figure(figsize=(7.2, 2.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        left.plot(frequencies, final, color=INK, linewidth=1.2)
        left.set_title(f"final prediction, {level_title(probe['task'], int(level))}, dB")
        for index, spectrum in enumerate(blocks):
            strength = (index + 1) / len(blocks)
            right.plot(
                frequencies, spectrum - final, color=SERIES[0], alpha=0.25 + 0.75 * strength,
                linewidth=1.2, label=f"block {index + 1}",
            )  # fmt: skip
        right.axhline(0, color=MUTED, linewidth=0.8)
        right.set_title("each block\u2019s prediction less the final one, dB")
        right.legend(frameon=False, labelcolor=INK, fontsize=8)
        for axes in (left, right):
            axes.set_xlabel("cycles a pixel")
            axes.grid(axis="y")
        return drawn(figure)
