"""Files of random weights in the layouts that the authors' files have, small in nothing but size.

Each function writes them into a folder and returns the weights as `plain_authors` takes them.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io
from numpy.typing import NDArray

Weights = NDArray[np.float32]
Layers = list[tuple[Weights, Weights]]


def random_conv(rng: np.random.Generator, side: int, before: int, after: int) -> Weights:
    """Kernel (rows, columns, in, out) that neither grows nor fades what passes through."""
    kernel = rng.normal(size=(side, side, before, after)) * np.sqrt(2 / (side * side * before))
    return kernel.astype(np.float32)


def random_chain(rng: np.random.Generator) -> Layers:
    widths = [1, *[64] * 19, 1]
    return [
        (random_conv(rng, 3, before, after), random_bias(rng, after))
        for before, after in pairwise(widths)
    ]


def random_bias(rng: np.random.Generator, count: int) -> Weights:
    return rng.normal(size=(1, count)).astype(np.float32) / 10


def stored(kernel: Weights) -> Weights:
    """As MATLAB keeps it: without last sides of 1."""
    while kernel.ndim > 2 and kernel.shape[-1] == 1:
        kernel = kernel[..., 0]
    return kernel


def cell(values: list[Any]) -> NDArray[Any]:
    out = np.empty((1, len(values)), dtype=object)
    out[0, :] = values
    return out


def write_vdsr(folder: Path, rng: np.random.Generator) -> Layers:
    layers = random_chain(rng)
    weights, biases = cell([stored(k) for k, _ in layers]), cell([b.T for _, b in layers])
    model = {"model": {"weight": weights, "bias": biases}}
    scipy.io.savemat(folder / "VDSR_Official.mat", model)
    return layers


def write_dncnn(folder: Path, rng: np.random.Generator, *, middle: str = "relu") -> Layers:
    """HDF5 as MATLAB 7.3 writes it: sides reversed, cells and text by reference and by code."""
    layers = random_chain(rng)
    with h5py.File(folder / "DnCNN3.mat", "w") as file:
        cells = []
        for index, (kernel, bias) in enumerate(layers):
            conv = file.create_group(f"#refs#/conv{index}")
            _write_text(conv, "type", "conv")
            values = [
                file.create_dataset(f"#refs#/{kind}{index}", data=array.T).ref
                for kind, array in (("w", stored(kernel)), ("b", bias.T))
            ]
            conv.create_dataset("weights", data=np.array(values)[:, None], dtype=h5py.ref_dtype)
            relu = file.create_group(f"#refs#/relu{index}")
            _write_text(relu, "type", middle)
            cells += [conv.ref, relu.ref]
        references = np.array(cells[:-1])[:, None]
        file.create_dataset("net/layers", data=references, dtype=h5py.ref_dtype)
    return layers


def _write_text(group: Any, name: str, text: str) -> None:
    group.create_dataset(name, data=np.array([[ord(letter)] for letter in text], dtype=np.uint16))


def write_arcnn(folder: Path, rng: np.random.Generator, quality: int) -> dict[str, Weights]:
    values = {}
    for name, side, before, after in (
        ("conv1", 9, 1, 64), ("conv2", 7, 64, 32), ("conv22", 1, 32, 16), ("conv3", 5, 16, 1)
    ):  # fmt: skip
        listed = rng.normal(size=(before, side * side, after)) * np.sqrt(2 / (side * side * before))
        values[f"weights_{name}"] = stored(listed)
        values[f"biases_{name}"] = random_bias(rng, after).T
    scipy.io.savemat(folder / f"ARCNN_q{quality}.mat", values)
    return values


def write_lapsrn(folder: Path, rng: np.random.Generator, scale: int) -> dict[str, Weights]:
    values = {"input_conv_f": random_conv(rng, 3, 1, 64), "input_conv_b": random_bias(rng, 64)}
    for level in range(1, scale.bit_length()):
        for name in (*(f"conv{index}" for index in range(1, 11)), "upconv"):
            values[f"level{level}_{name}_f"] = random_conv(rng, 3, 64, 64)
            values[f"level{level}_{name}_b"] = random_bias(rng, 64)
        values[f"level{level}_residual_conv_f"] = random_conv(rng, 3, 64, 1)
        values[f"level{level}_residual_conv_b"] = random_bias(rng, 1)
        values[f"level{level}_img_up_f"] = random_conv(rng, 4, 1, 1)
    fields = [("name", object), ("value", object)]
    params = np.array([(name, stored(value)) for name, value in values.items()], dtype=fields)
    scipy.io.savemat(folder / f"LapSRN_x{scale}.mat", {"net": {"params": params[None]}})
    return values
