"""MemNet compiled by OpenVINO, which the extra [openvino] brings: the fastest on a CPU."""

import warnings

import openvino
import torch
from torch import Tensor, nn

from memnet.models.memnet import MemNet

PLANE = [1, 1, -1, -1]  # of any size


class OpenVinoMemNet(nn.Module):
    """What a trained MemNet computes in evaluation mode, up to rounding; `forward` alone.

    Parameters
    ----------
    network : in evaluation mode, on the CPU; it is compiled as it is now, so that a network that
        is trained further needs another of these
    """

    def __init__(self, network: MemNet) -> None:
        super().__init__()
        example = torch.zeros(1, 1, 16, 16)
        with warnings.catch_warnings():  # torch's new export takes ten times as long
            warnings.simplefilter("ignore", DeprecationWarning)
            model = openvino.convert_model(network, example_input=example, input=PLANE)
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
