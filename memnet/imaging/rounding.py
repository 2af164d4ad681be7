"""MATLAB's rounding: halves away from zero, uint8 saturating."""

import numpy as np
from numpy.typing import NDArray


def to_uint8(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Values rounded half up and clipped to 0 .. 255, as MATLAB's `uint8(x)`."""
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)
