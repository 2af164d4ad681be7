"""The authors' networks written down a second time, in NumPy, from their MATLAB layouts.

Kernels are (rows, columns, in, out) as MatConvNet keeps them, of a transposed convolution
(rows, columns, out, in); planes are (features, H, W) in double precision.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]


def conv(x: Plane, kernel: Plane, bias: Plane, padding: str) -> Plane:
    """vl_nnconv, stride 1, or a sum of imfilter: correlation that keeps the size."""
    side = len(kernel)
    around = ((0, 0), (side // 2, side // 2), (side // 2, side // 2))
    padded = np.pad(x, around, mode=padding)
    height, width = x.shape[1:]
    out = np.zeros((kernel.shape[3], height, width)) + bias.reshape(-1, 1, 1)
    for row in range(side):
        for column in range(side):
            seen = padded[:, row : row + height, column : column + width]
            out += np.einsum("ihw,io->ohw", seen, kernel[row, column])
    return out


def doubling_conv(x: Plane, kernel: Plane, before: int) -> Plane:
    """vl_nnconvt, upsample 2, cropped to twice the size from `before` on: each pixel is spread."""
    side = len(kernel)
    height, width = x.shape[1:]
    full = np.zeros((kernel.shape[2], 2 * height + side, 2 * width + side))
    for row in range(height):
        for column in range(width):
            spread = np.einsum("rcoi,i->orc", kernel, x[:, row, column])
            full[:, 2 * row : 2 * row + side, 2 * column : 2 * column + side] += spread
    return full[:, before : before + 2 * height, before : before + 2 * width]


def leaky(x: Plane) -> Plane:
    return np.where(x < 0, 0.2 * x, x)


def plain_dncnn(plane: Plane, layers: list[tuple[Plane, Plane]]) -> Plane:
    x = plane[None]
    for index, (kernel, bias) in enumerate(layers):
        x = conv(x if index == 0 else np.maximum(x, 0), kernel, bias, "constant")
    return plane - x[0]


def plain_vdsr(plane: Plane, layers: list[tuple[Plane, Plane]]) -> Plane:
    return 2 * plane - plain_dncnn(plane, layers)


def plain_arcnn(plane: Plane, values: Mapping[str, Plane]) -> Plane:
    """As ARCNN.m: `reshape(weights(in, :, out), side, side)`, imfilter with 'replicate'."""
    x = plane[None]
    for name, side in {"conv1": 9, "conv2": 7, "conv22": 1, "conv3": 5}.items():
        listed = values[f"weights_{name}"]
        listed = listed[..., None] if listed.ndim == 2 else listed
        kernel = np.zeros((side, side, listed.shape[0], listed.shape[2]))
        for before in range(listed.shape[0]):
            for after in range(listed.shape[2]):
                kernel[:, :, before, after] = listed[before, :, after].reshape(
                    (side, side), order="F"
                )
        x = conv(np.maximum(x, 0), kernel, values[f"biases_{name}"], "edge")
    return x[0]


def plain_lapsrn(plane: Plane, values: Mapping[str, Plane], num_levels: int) -> Plane:
    """As init_LapSRN_model.m, whose last level is number 1."""
    image = plane[None]
    x = leaky(conv(image, values["input_conv_f"], values["input_conv_b"], "constant"))
    for level in range(num_levels, 0, -1):
        name = f"level{level}"
        for index in range(1, 11):
            kernel, bias = values[f"{name}_conv{index}_f"], values[f"{name}_conv{index}_b"]
            x = leaky(conv(x, kernel, bias, "constant"))
        bias = values[f"{name}_upconv_b"].reshape(-1, 1, 1)
        x = leaky(doubling_conv(x, values[f"{name}_upconv_f"], before=0) + bias)
        kernel, bias = values[f"{name}_residual_conv_f"], values[f"{name}_residual_conv_b"]
        enlarged = doubling_conv(image, values[f"{name}_img_up_f"], before=1)
        image = enlarged + conv(x, kernel, bias, "constant")
    return image[0]
