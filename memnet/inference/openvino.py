"""MemNet compiled by OpenVINO, which the extra [openvino] brings: the fastest on a CPU."""

import copy
import warnings
from functools import reduce

import openvino
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from memnet.models.memnet import MemNet, MemoryBlock

PLANE = [1, 1, -1, -1]  # of any size


class OpenVinoMemNet(nn.Module):
    """What a trained MemNet computes in evaluation mode, up to rounding; it has only `forward`.

    The network, on the CPU, is compiled as it is now: make another one after further training.
    """

    def __init__(self, network: MemNet) -> None:
        super().__init__()
        summed = copy.deepcopy(network)
        summed.blocks = nn.ModuleList(map(_SummedGate, summed.blocks))
        example = torch.zeros(1, 1, 16, 16)
        # Torch's new export takes ten times as long.
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            model = openvino.convert_model(summed, example_input=example, input=PLANE)
        # Nothing less than single precision, which it would take on some processors.
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "PERFORMANCE_HINT": "LATENCY",
        }
        self._compiled = openvino.Core().compile_model(model, "CPU", settings)

    def forward(self, degraded: Tensor) -> Tensor:
        """Restored plane (1, 1, H, W); not clipped."""
        return torch.from_numpy(self._compiled(degraded.contiguous().numpy())[0])


class _SummedGate(nn.Module):
    """A memory block whose gate adds up a product for each memory.

    OpenVINO adds inside its convolutions, which is a tenth faster in all than laying the memories
    side by side.
    """

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        assert isinstance(block, MemoryBlock)
        self.block = block

    def forward(self, long_term: list[Tensor]) -> Tensor:
        """Output B_m, as the block's own."""
        norm, conv = self.block.gate.norm, self.block.gate.conv
        assert norm.running_mean is not None and norm.running_var is not None
        products: list[Tensor] = []
        first = 0
        for memory in self.block.memories(long_term):
            part = slice(first, first + memory.shape[1])
            normalised = F.batch_norm(
                memory, norm.running_mean[part], norm.running_var[part], norm.weight[part],
                norm.bias[part], eps=norm.eps,
            )  # fmt: skip
            bias = None if products else conv.bias
            products.append(F.conv2d(F.relu(normalised), conv.weight[:, part], bias))
            first = part.stop
        return reduce(torch.add, products)
