import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reports.pages.drawing import Drawing, inline_svg
from reports.pages.figures import (
    gate_norm_figure,
    group_means,
    prediction_figure,
    spectrum_figure,
    training_curves,
)
from reports.pages.frontier import Frontier, frontier_figure
from reports.pages.model import GateNorms
from tests.reports.conftest import make_probe
from tests.reports.test_frontier import COMMITTED

HISTORY = pd.DataFrame(
    {
        "step": [0, 100, 200],
        "loss": [0.1, 0.02, 0.01],
        "validation_psnr": [np.nan, 30.0, 31.0],
        "validation_input_psnr": [np.nan, 29.0, 29.0],
    }
)


def learned(history: pd.DataFrame) -> Any:
    return {"a net": SimpleNamespace(curves=[history])}


def curves(history: pd.DataFrame = HISTORY, title: str = "curves") -> str:
    return inline_svg(training_curves(learned(history)), key="a", title=title)


def test_curves_are_self_contained() -> None:
    svg = curves()
    assert svg.startswith("<svg viewBox=")
    assert "http" not in svg
    assert "<metadata" not in svg
    assert not re.search("#[0-9a-f]{6}", svg)  # every drawn colour was replaced by one of the page
    assert "a net" in svg


def test_ids_bear_the_key_and_references_resolve() -> None:
    svg = curves()
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert all(name.startswith("a-") for name in ids)
    references = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)
    assert references
    assert {a or b for a, b in references} <= set(ids)


def test_title_is_escaped() -> None:
    svg = curves(title='<script>"&')
    assert 'aria-label="&lt;script&gt;&quot;&amp;"' in svg


@pytest.mark.parametrize("loss", [[0.1, 0.0, 0.01], [np.nan] * 3], ids=["zero", "none"])
def test_unusual_losses_are_drawn(loss: list[float]) -> None:
    history = HISTORY.assign(loss=loss, validation_psnr=np.nan)
    assert "not measured" in curves(history)


def gates(long_term: bool, short_term: bool) -> GateNorms:
    sizes = [(m if long_term else 0, 2 if short_term else 0, 1) for m in (1, 2)]
    norms = tuple(np.repeat([0.1, 0.2, 0.4], np.multiply(size, 4)) for size in sizes)
    return GateNorms(norms, 4, 3, long_term, short_term)


@pytest.mark.parametrize(("long_term", "short_term"), [(True, True), (False, True), (True, False)])
def test_group_means_are_divided_by_the_largest_norm(long_term: bool, short_term: bool) -> None:
    means = group_means(gates(long_term, short_term))
    expected = {"last recursion": 1.0}
    expected |= {"long-term": 0.25} if long_term else {}
    expected |= {"short-term, recursions 1 to R−1": 0.5} if short_term else {}
    assert means == [pytest.approx(expected)] * 2


def test_gate_figure_has_one_panel_per_block() -> None:
    figure = gate_norm_figure(gates(True, True))
    svg = inline_svg(figure, key="g", title="gates")
    assert len(re.findall(r"memory block \d", svg)) == 2
    assert not re.search("#[0-9a-f]{6}", svg)


def test_gate_of_wrong_width_is_refused() -> None:
    wrong = GateNorms((np.ones(5),), 4, 3, True, True)
    with pytest.raises(ValueError, match="gate 1 must have 16 input maps, got 5"):
        gate_norm_figure(wrong)


@pytest.mark.parametrize(
    "make",
    [
        lambda: training_curves(learned(HISTORY)),
        lambda: gate_norm_figure(gates(True, True)),
        lambda: prediction_figure(make_probe("memnet-sr", "set5")),
        lambda: spectrum_figure(make_probe("memnet-sr", "set5")),
        lambda: frontier_figure(Frontier(COMMITTED, here=False, paper=37.78)),
    ],
)
def test_files_are_alone_undated_and_repeatable(make: Callable[[], Drawing]) -> None:
    drawing = make()
    assert "var(" not in drawing.svg and "currentColor" not in drawing.svg
    assert "#1f5c99" in drawing.svg and "<dc:date>" not in drawing.svg
    assert drawing.pdf.startswith(b"%PDF")
    assert b"/CreationDate" not in drawing.pdf and b"/Type3" not in drawing.pdf
    assert drawing == make()
