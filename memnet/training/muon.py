"""Muon (Jordan et al., 2024) for the kernels inside a network, AdamW for all else."""

from typing import Any

import torch
from torch import Tensor, nn


class Muon(torch.optim.AdamW):
    """AdamW of everything but `kernels`, and torch.optim.Muon of these, at the same rate.

    Muon takes matrices alone: a kernel (O, I, H, W) is one of O rows, which shares its memory. Its
    steps are scaled so that they are as large as those of AdamW, whose learning rate serves both.
    """

    def __init__(
        self, kernels: list[Tensor], groups: list[dict[str, Any]], weight_decay: float
    ) -> None:
        super().__init__(groups, lr=0.0, weight_decay=weight_decay)
        self._kernels = kernels
        self._matrices = [nn.Parameter(_matrix(kernel.data, kernel)) for kernel in kernels]
        self._muon = torch.optim.Muon(
            self._matrices, lr=0.0, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
        )
        self._count = sum(len(group["params"]) for group in self.param_groups)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all weights."""
        super().zero_grad(set_to_none)
        for kernel in self._kernels:
            kernel.grad = None

    def step(self, closure: Any = None) -> Any:
        """One step of both."""
        for kernel, matrix in zip(self._kernels, self._matrices, strict=True):
            assert kernel.grad is not None and matrix.data_ptr() == kernel.data_ptr()
            matrix.grad = _matrix(kernel.grad, kernel)
        self._muon.param_groups[0]["lr"] = self.param_groups[0]["lr"]
        self._muon.step()  # type: ignore[no-untyped-call]
        return super().step(closure)

    def state_dict(self) -> dict[str, Any]:
        """State of both: that of the kernels is numbered after AdamW's."""
        both = super().state_dict()
        ours = self._muon.state_dict()["state"]
        return both | {"state": both["state"] | {self._count + i: s for i, s in ours.items()}}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what `state_dict` gave."""
        state = state_dict["state"]
        theirs = {i: slots for i, slots in state.items() if i < self._count}
        ours = {i - self._count: slots for i, slots in state.items() if i >= self._count}
        super().load_state_dict(state_dict | {"state": theirs})
        self._muon.load_state_dict(self._muon.state_dict() | {"state": ours})


def _matrix(values: Tensor, kernel: Tensor) -> Tensor:
    """Values for a kernel (O, I, H, W) as (O, I * H * W), in the order of its memory."""
    last = kernel.is_contiguous(memory_format=torch.channels_last)
    return (values.permute(0, 2, 3, 1) if last else values).reshape(len(values), -1)
