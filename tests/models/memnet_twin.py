"""MemNet and its second copy `plain_memnet`, with the same random weights in both."""

import torch
from torch import Tensor, nn

from memnet.models.config import MemNetConfig
from memnet.models.memnet import MemNet
from tests.models.plain_memnet import heads, plain_memnet, random_tensors

Size = tuple[int, int, int]  # M, R, features

VARIANTS = {
    "full": {},
    "no-long-term": {"long_term": False},
    "no-short-term": {"short_term": False},
    "basic": {"multi_supervised": False},
    "basic-no-long-term": {"multi_supervised": False, "long_term": False},
}


def config(blocks: int, recursions: int, features: int, **changes: object) -> MemNetConfig:
    values: dict[str, object] = {
        "num_memory_blocks": blocks,
        "num_recursions": recursions,
        "num_features": features,
        "multi_supervised": True,
        "long_term": True,
        "short_term": True,
        "initialization": "official",
    }
    return MemNetConfig.model_validate(values | changes)


def lively(settings: MemNetConfig) -> MemNet:
    """A network in evaluation mode, none of whose numbers is 0 or 1; some scales are negative."""
    torch.manual_seed(0)
    network = MemNet(settings).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
        for norm in (m for m in network.modules() if isinstance(m, nn.BatchNorm2d)):
            norm.running_mean.normal_(0, 0.3)
            norm.running_var.uniform_(0.5, 2)
            norm.weight.normal_(0, 0.5)
            norm.bias.normal_(0, 0.3)
    return network


def state_dict_names(blocks: int, recursions: int, multi_supervised: bool) -> dict[str, str]:
    """Name in the module by name in the prototxt; output weights, which are stacked, left out."""
    names = {
        "conv1.weight": "extract.conv.weight",
        "conv1.bias": "extract.conv.bias",
        "Recon_w": "reconstruct.conv.weight",
        "Recon_b": "reconstruct.conv.bias",
    }
    norms = {"conv1": "extract.norm"}
    for index, m in enumerate(heads(blocks, multi_supervised)):
        norms[f"conv_end_{m:02d}"] = f"reconstruct.norms.{index}"
    for m in range(1, blocks + 1):
        block = f"blocks.{m - 1}"
        for which in "ab":
            names[f"conv{m:02d}_w{which}"] = f"{block}.conv_{which}.weight"
            names[f"conv{m:02d}_b{which}"] = f"{block}.conv_{which}.bias"
            for r in range(1, recursions + 1):
                norms[f"conv{m:02d}_{r:02d}_{which}"] = f"{block}.units.{r - 1}.norm_{which}"
        names[f"conv_transition_{m:02d}.weight"] = f"{block}.gate.conv.weight"
        names[f"conv_transition_{m:02d}.bias"] = f"{block}.gate.conv.bias"
        norms[f"conv_transition_{m:02d}"] = f"{block}.gate.norm"
    for caffe, ours in norms.items():
        names[f"bn_{caffe}.mean"] = f"{ours}.running_mean"
        names[f"bn_{caffe}.variance"] = f"{ours}.running_var"
        names[f"scale_{caffe}.gamma"] = f"{ours}.weight"
        names[f"scale_{caffe}.beta"] = f"{ours}.bias"
    return names


def transplant(tensors: dict[str, Tensor], network: MemNet) -> None:
    """Load every blob into the network; fails if either side has one that the other lacks."""
    cfg = network.config
    names = state_dict_names(cfg.num_memory_blocks, cfg.num_recursions, cfg.multi_supervised)
    state = {ours: tensors[caffe] for caffe, ours in names.items()}
    weights = [blob for name, blob in tensors.items() if name.startswith("weight_output_end_")]
    assert len(state) + len(weights) == len(tensors)
    if weights:
        state["output_weights"] = torch.stack(weights)
    missing, unexpected = network.load_state_dict(state, strict=False)
    assert not unexpected
    assert all(name.endswith("num_batches_tracked") for name in missing)


def both(
    size: Size, variant: str, *, training: bool, dtype: torch.dtype
) -> tuple[MemNet, dict[str, Tensor], Tensor]:
    """The network with random weights, those weights by prototxt name, and an input."""
    generator = torch.Generator().manual_seed(seed_of(size, variant))
    tensors = random_tensors(*size, generator, dtype=dtype, **VARIANTS[variant])
    network = MemNet(config(*size, **VARIANTS[variant])).to(dtype).train(training)
    transplant(tensors, network)
    degraded = torch.rand(2, 1, 13, 10, generator=generator, dtype=torch.float64).to(dtype)
    return network, tensors, degraded


def seed_of(size: Size, variant: str) -> int:
    return sum(ord(letter) for letter in variant) + 1000 * size[0] + 100 * size[1] + size[2]


def plain(
    size: Size, variant: str, tensors: dict[str, Tensor], degraded: Tensor, training: bool
) -> tuple[Tensor, list[Tensor]]:
    return plain_memnet(
        tensors,
        degraded,
        num_memory_blocks=size[0],
        num_recursions=size[1],
        training=training,
        **VARIANTS[variant],
    )
