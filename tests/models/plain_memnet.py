"""MemNet written down a second time, layer by layer, from the authors' prototxt.

The source is `caffe_files/MemNet_M6R6_80C64/MemNet_M6R6_80C64_train.prototxt` of tyshiwo/MemNet at
commit 10b18e927ea0e738609611adf50afac8046eacc2: layer names, bottoms and the order of each Concat
are those of that file. No code is shared with `memnet.models` and there is no `nn.Module`: the
tests move one set of random tensors into both and compare.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

EPS = 1e-5  # Caffe's default of batch_norm_param.eps; the prototxt does not set it


def plain_memnet(
    tensors: dict[str, Tensor],
    degraded: Tensor,
    *,
    num_memory_blocks: int,
    num_recursions: int,
    training: bool,
    long_term: bool = True,
    short_term: bool = True,
    multi_supervised: bool = True,
) -> tuple[Tensor, list[Tensor]]:
    """Run the network of the prototxt (`data` to `HR_recovery`).

    Parameters
    ----------
    tensors
        Blobs by layer name, see `random_tensors`.
    degraded
        The `data` blob, (N, 1, H, W).
    num_memory_blocks, num_recursions
        M and R; 6 and 6 in the prototxt.
    training
        Batch statistics in every BatchNorm (phase TRAIN), else the stored ones (phase TEST).
    long_term
        False drops `conv1` and `conv_transition_*` from the Concat (MemNet_NL of the paper).
    short_term
        False drops all but the last recursion from the Concat (MemNet_NS of the paper).
    multi_supervised
        False predicts from the last block alone, without an output weight (basic MemNet).

    Returns
    -------
    final, intermediates
        `HR_recovery`, and `HR_recovery_01` .. `HR_recovery_M` (empty for the basic network).
    """

    def bn_scale_relu(name: str, bottom: Tensor) -> Tensor:
        mean, variance = tensors[f"bn_{name}.mean"], tensors[f"bn_{name}.variance"]
        gamma, beta = tensors[f"scale_{name}.gamma"], tensors[f"scale_{name}.beta"]
        if training:
            normalised = F.batch_norm(bottom, None, None, None, None, training=True, eps=EPS)
        else:
            normalised = F.batch_norm(bottom, mean, variance, None, None, training=False, eps=EPS)
        scaled = normalised * gamma.view(1, -1, 1, 1) + beta.view(1, -1, 1, 1)
        return F.relu(scaled)

    # FENet: bn_conv1, scale_conv1, relu1, conv1
    top = bn_scale_relu("conv1", degraded)
    conv1 = F.conv2d(top, tensors["conv1.weight"], tensors["conv1.bias"], padding=1)

    transitions: list[Tensor] = []  # conv_transition_01 ..
    for m in range(1, num_memory_blocks + 1):
        eltwise: list[Tensor] = []  # eltwise{m}_01 ..
        bottom = conv1 if m == 1 else transitions[-1]
        for r in range(1, num_recursions + 1):
            top = bn_scale_relu(f"conv{m:02d}_{r:02d}_a", bottom)
            top = F.conv2d(top, tensors[f"conv{m:02d}_wa"], tensors[f"conv{m:02d}_ba"], padding=1)
            top = bn_scale_relu(f"conv{m:02d}_{r:02d}_b", top)
            top = F.conv2d(top, tensors[f"conv{m:02d}_wb"], tensors[f"conv{m:02d}_bb"], padding=1)
            bottom = bottom + top
            eltwise.append(bottom)

        # concat06 has the bottoms conv1, conv_transition_01 .. _05, eltwise06_01 .. _06
        bottoms = [conv1, *transitions] if long_term else []
        bottoms += eltwise if short_term else eltwise[-1:]
        concat = torch.cat(bottoms, dim=1)
        top = bn_scale_relu(f"conv_transition_{m:02d}", concat)
        weight = tensors[f"conv_transition_{m:02d}.weight"]
        transitions.append(F.conv2d(top, weight, tensors[f"conv_transition_{m:02d}.bias"]))

    def hr_recovery(m: int) -> Tensor:
        top = bn_scale_relu(f"conv_end_{m:02d}", transitions[m - 1])
        return degraded + F.conv2d(top, tensors["Recon_w"], tensors["Recon_b"], padding=1)

    if not multi_supervised:
        return hr_recovery(num_memory_blocks), []
    predictions = [hr_recovery(m) for m in range(1, num_memory_blocks + 1)]
    final = torch.zeros_like(degraded)
    for m, prediction in enumerate(predictions, start=1):
        final = final + tensors[f"weight_output_end_{m:02d}"] * prediction
    return final, predictions


def random_tensors(
    num_memory_blocks: int,
    num_recursions: int,
    num_features: int,
    generator: torch.Generator,
    *,
    long_term: bool = True,
    short_term: bool = True,
    multi_supervised: bool = True,
    dtype: torch.dtype = torch.float64,
) -> dict[str, Tensor]:
    """Draw every blob of the network, none of them at a value that could hide an omission.

    Biases and shifts are not 0, scales and variances not 1, output weights all differ.

    Parameters
    ----------
    num_memory_blocks, num_recursions, num_features
        M, R and the number of feature maps.
    generator
        Source of randomness.
    long_term, short_term, multi_supervised
        As in `plain_memnet`; they set the width of the gates and the number of heads.
    dtype
        Of every tensor; drawn in float64 first, so one seed gives one network.

    Returns
    -------
    dict
        `bn_X.mean|variance`, `scale_X.gamma|beta`, `convMM_wa|ba|wb|bb`, `conv1` and
        `conv_transition_MM` with `.weight|.bias`, `Recon_w|b`, `weight_output_end_MM` (scalars).
    """
    blobs: dict[str, Tensor] = {}

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        unit = torch.rand(shape, generator=generator, dtype=torch.float64)
        return low + (high - low) * unit

    def draw_norm(name: str, channels: int) -> None:
        blobs[f"bn_{name}.mean"] = 0.3 * normal(channels)
        blobs[f"bn_{name}.variance"] = uniform(0.5, 2.0, channels)
        blobs[f"scale_{name}.gamma"] = uniform(0.5, 1.5, channels)
        blobs[f"scale_{name}.beta"] = 0.3 * normal(channels)

    def draw_conv(weight: str, bias: str, outputs: int, inputs: int, size: int) -> None:
        spread = 0.5 * (inputs * size * size) ** -0.5  # keeps 80 layers of float32 near 1
        blobs[weight] = spread * normal(outputs, inputs, size, size)
        blobs[bias] = 0.1 * normal(outputs)

    draw_norm("conv1", 1)
    draw_conv("conv1.weight", "conv1.bias", num_features, 1, 3)
    for m in range(1, num_memory_blocks + 1):
        for r in range(1, num_recursions + 1):
            draw_norm(f"conv{m:02d}_{r:02d}_a", num_features)
            draw_norm(f"conv{m:02d}_{r:02d}_b", num_features)
        draw_conv(f"conv{m:02d}_wa", f"conv{m:02d}_ba", num_features, num_features, 3)
        draw_conv(f"conv{m:02d}_wb", f"conv{m:02d}_bb", num_features, num_features, 3)
        width = num_features * ((m if long_term else 0) + (num_recursions if short_term else 1))
        draw_norm(f"conv_transition_{m:02d}", width)
        gate = f"conv_transition_{m:02d}"
        draw_conv(f"{gate}.weight", f"{gate}.bias", num_features, width, 1)
    draw_conv("Recon_w", "Recon_b", 1, num_features, 3)
    for m in heads(num_memory_blocks, multi_supervised):
        draw_norm(f"conv_end_{m:02d}", num_features)
        if multi_supervised:
            blobs[f"weight_output_end_{m:02d}"] = uniform(-0.5, 1.0)
    return {name: blob.to(dtype) for name, blob in blobs.items()}


def heads(num_memory_blocks: int, multi_supervised: bool) -> Iterator[int]:
    """Yield the 1-based blocks that have a prediction of their own."""
    yield from range(1 if multi_supervised else num_memory_blocks, num_memory_blocks + 1)
