"""VDSR and DRCN written down a second time, from the two CVPR 2016 papers of Kim, Lee and Lee.

VDSR: "Accurate Image Super-Resolution Using Very Deep Convolutional Networks" (arXiv 1511.04587).
DRCN: "Deeply-Recursive Convolutional Network for Image Super-Resolution" (arXiv 1511.04491).
No code is shared with `memnet.models`.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def plain_vdsr(tensors: dict[str, Tensor], degraded: Tensor, *, depth: int) -> Tensor:
    """Run VDSR: `depth` 3x3 convolutions, ReLU after all but the last, plus the input.

    Parameters
    ----------
    tensors
        `conv1.weight`, `conv1.bias` .. `conv{depth}.weight|bias`.
    degraded
        (N, 1, H, W).
    depth
        Number of convolutions; 20 in the paper.

    Returns
    -------
    Tensor
        The prediction, (N, 1, H, W).
    """
    top = degraded
    for layer in range(1, depth):
        top = F.conv2d(top, tensors[f"conv{layer}.weight"], tensors[f"conv{layer}.bias"], padding=1)
        top = F.relu(top)
    residual = F.conv2d(
        top, tensors[f"conv{depth}.weight"], tensors[f"conv{depth}.bias"], padding=1
    )
    return degraded + residual


def plain_drcn(
    tensors: dict[str, Tensor], degraded: Tensor, *, num_recursions: int
) -> tuple[Tensor, list[Tensor]]:
    """Run DRCN with recursive supervision and skip connection (figure 3a of the paper).

    Exactly one layout of 3x3 convolutions with F = 256 has the 1,774,080 weights quoted for DRCN:
    9 * (1*F + F*F + F*F + F*F + F*1) = 2 * 2,304 + 3 * 589,824, that is two embedding convolutions
    (1->F, F->F), one shared recursive one (F->F) and two shared reconstruction ones (F->F, F->1).
    The longest chain then has 2 + D + 2 = 20 convolutions for D = 16, as the paper says. Its
    reconstruction net is H_{D+1} = max(0, W_{D+1} * H_D + b_{D+1}) followed by W_{D+2}: a ReLU lies
    between the two. The paper's basic model has one after W_{D+2} as well; with the skip connection
    its output is a residual of either sign, so there is none here.

    The paper combines the predictions as y = sum_d w_d y_d with learned w_d. Its prose calls this
    an average, but no equation divides by sum_d w_d (some ports do), and neither does this.

    Parameters
    ----------
    tensors
        `embed1`, `embed2`, `recursive`, `recon1`, `recon2` with `.weight|.bias`, and
        `output_weights` (D values).
    degraded
        (N, 1, H, W).
    num_recursions
        D; 16 in the paper.

    Returns
    -------
    final, intermediates
        The sum of the D predictions, each times its output weight, and the predictions.
    """

    def conv(name: str, bottom: Tensor) -> Tensor:
        return F.conv2d(bottom, tensors[f"{name}.weight"], tensors[f"{name}.bias"], padding=1)

    hidden = F.relu(conv("embed1", degraded))  # H_{-1}
    hidden = F.relu(conv("embed2", hidden))  # H_0
    predictions = []
    for _ in range(num_recursions):
        hidden = F.relu(conv("recursive", hidden))  # H_d, d = 1 .. D
        predictions.append(degraded + conv("recon2", F.relu(conv("recon1", hidden))))

    final = torch.zeros_like(degraded)
    for weight, prediction in zip(tensors["output_weights"], predictions, strict=True):
        final = final + weight * prediction
    return final, predictions


def random_vdsr_tensors(
    depth: int, num_features: int, generator: torch.Generator, dtype: torch.dtype = torch.float64
) -> dict[str, Tensor]:
    """Draw the tensors of `plain_vdsr`, biases not 0.

    Parameters
    ----------
    depth, num_features
        Number of convolutions (two at least) and of feature maps.
    generator
        Source of randomness.
    dtype
        Of every tensor; drawn in float64 first.

    Returns
    -------
    dict
        `conv1.weight`, `conv1.bias` and so on.
    """
    widths = [1] + [num_features] * (depth - 1) + [1]
    blobs: dict[str, Tensor] = {}
    for layer in range(1, depth + 1):
        _draw_conv(blobs, f"conv{layer}", widths[layer], widths[layer - 1], generator)
    return {name: blob.to(dtype) for name, blob in blobs.items()}


def random_drcn_tensors(
    num_recursions: int,
    num_features: int,
    generator: torch.Generator,
    dtype: torch.dtype = torch.float64,
) -> dict[str, Tensor]:
    """Draw the tensors of `plain_drcn`, biases not 0, output weights all different.

    Parameters
    ----------
    num_recursions, num_features
        D and the number of feature maps.
    generator
        Source of randomness.
    dtype
        Of every tensor; drawn in float64 first.

    Returns
    -------
    dict
        The tensors by the names of `plain_drcn`.
    """
    blobs: dict[str, Tensor] = {}
    _draw_conv(blobs, "embed1", num_features, 1, generator)
    _draw_conv(blobs, "embed2", num_features, num_features, generator)
    _draw_conv(blobs, "recursive", num_features, num_features, generator)
    _draw_conv(blobs, "recon1", num_features, num_features, generator)
    _draw_conv(blobs, "recon2", 1, num_features, generator)
    unit = torch.rand(num_recursions, generator=generator, dtype=torch.float64)
    blobs["output_weights"] = 0.2 + unit  # the sum is not 1: a division by it would show
    return {name: blob.to(dtype) for name, blob in blobs.items()}


def _draw_conv(
    blobs: dict[str, Tensor], name: str, outputs: int, inputs: int, generator: torch.Generator
) -> None:
    kernel = torch.randn((outputs, inputs, 3, 3), generator=generator, dtype=torch.float64)
    blobs[f"{name}.weight"] = kernel * (2.0 / (9 * inputs)) ** 0.5
    blobs[f"{name}.bias"] = 0.1 * torch.randn(outputs, generator=generator, dtype=torch.float64)
