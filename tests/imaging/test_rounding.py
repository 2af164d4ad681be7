"""Rounding as MATLAB's `uint8(x)`: halves up, ends saturated."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memnet.imaging.rounding import to_uint8


def test_halves_go_up_and_ends_saturate() -> None:
    values = np.array([-np.inf, -3.0, -0.5, 0.0, 0.5, 1.5, 2.5, 254.4, 254.5, 255.6, 1e9, np.inf])
    got = to_uint8(values)
    assert got.dtype == np.uint8
    assert got.tolist() == [0, 0, 0, 0, 1, 2, 3, 254, 255, 255, 255, 255]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(quarters=st.integers(-400, 1400))
def test_equals_decimal_rounding(dtype: type, quarters: int) -> None:
    value = Decimal(quarters) / 4
    expected = min(255, max(0, int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))))
    assert to_uint8(np.array([float(value)], dtype=dtype))[0] == expected


def test_every_grey_level_survives_single_precision() -> None:
    levels = np.arange(256, dtype=np.uint8)
    unit = (levels / 255.0).astype(np.float32)
    np.testing.assert_array_equal(to_uint8(unit * np.float32(255)), levels)
