"""The sentences about what was found inside networks."""

import numpy as np

from reports.pages.inside import (
    gates_found,
    most_trained_first,
    predictions_found,
    spectra_found,
    weights_found,
)
from reports.pages.model import GateNorms
from tests.records import make_record

SR = "super_resolution"
PROBE = {
    "task": "super_resolution",
    "levels": {
        "2": {"psnr": [30.0, 31.0, 31.5, 31.4], "spectra": []},
        "4": {"psnr": [28.0, 27.9, 28.1, 28.2], "spectra": [[1, 1, 0.5], [1, 1, 0.7], [1, 1, 0.6]]},
    },
}


def test_predictions_that_grow_are_named() -> None:
    assert predictions_found(PROBE) == (
        "The prediction gets better from block to block at ×2. "
        "At ×4 the first block reaches 28.00 dB, the last one 28.10 dB, "
        "and the final prediction 28.20 dB."
    )
    falling = {**PROBE, "levels": {"4": PROBE["levels"]["4"]}}  # type: ignore[index]
    assert "block to block at no level." in predictions_found(falling)


def test_spectra_are_relative_to_the_final_prediction() -> None:
    assert spectra_found(PROBE) == (
        "In the highest third of the frequencies at ×4, relative to the final prediction: "
        "first block −1.0 dB, last block +1.0 dB."
    )


def test_gates_and_weights() -> None:
    norms = tuple(
        np.repeat([a, b, c], n) for a, b, c, *n in ((1, 2, 3, 4, 8, 4), (4, 2, 3, 8, 8, 4))
    )
    assert gates_found(GateNorms(norms, 4, 3, True, True)) == (
        "Group with the largest mean norm: "
        "last recursion (1 of 2 gates) and long-term (1 of 2 gates)."
    )
    assert weights_found((0.1, 0.7, 0.2)) == "Block 2 of 3 has the largest weight."


def test_what_was_trained_on_most_pixels_comes_first() -> None:
    records = [make_record(name, SR, steps=n) for name, n in (("short", 10), ("long", 20))]
    assert most_trained_first(["alien", "short", "long"], records) == ["long", "short", "alien"]
