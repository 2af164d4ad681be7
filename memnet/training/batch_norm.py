"""Batch normalisation over the whole batch where every process holds a share of it.

On GPUs that is torch.nn.SyncBatchNorm, which runs nowhere else. On processors it is this one, so
that tests can compare several processes with one.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from memnet.training.distributed import World

PIXELS = (0, 2, 3)  # the dimensions of (N, C, H, W) that statistics are taken over


def synchronize_batch_norm(module: nn.Module, world: World) -> None:
    """Make every batch norm inside a network one over all processes."""
    if world.size == 1:
        return
    if world.device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(module)  # type: ignore[no-untyped-call]
        return
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, SyncBatchNorm(child, world))
        else:
            synchronize_batch_norm(child, world)


class SyncBatchNorm(nn.BatchNorm2d):
    """A batch norm's own weights and statistics, normalising by the mean of the whole batch."""

    def __init__(self, norm: nn.BatchNorm2d, world: World) -> None:
        super().__init__(norm.num_features, eps=norm.eps, momentum=norm.momentum)
        self.world = world
        self.weight, self.bias = norm.weight, norm.bias
        self.running_mean, self.running_var = norm.running_mean, norm.running_var
        self.num_batches_tracked = norm.num_batches_tracked
        self.train(norm.training)

    def forward(self, features: Tensor) -> Tensor:
        """Normalise this process's share (N, C, H, W) of a batch."""
        if not self.training:
            return super().forward(features)
        out, mean, var = _Normalize.apply(  # type: ignore[no-untyped-call]
            features, self.weight, self.bias, self.eps, self.world
        )
        assert self.running_mean is not None and self.running_var is not None
        assert self.num_batches_tracked is not None and self.momentum is not None
        count = features.numel() // self.num_features * self.world.size
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(var * (count / (count - 1)), self.momentum)  # unbiased, as torch's
        self.num_batches_tracked.add_(1)
        return out


class _Normalize(torch.autograd.Function):
    """weight * (x - mean) / sqrt(var + eps) + bias, with one exchange forward and one backward.

    Moments travel in double precision, in which mean(x^2) - mean(x)^2 loses nothing that counts.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float, world: World
    ) -> tuple[Tensor, Tensor, Tensor]:
        wide = x.to(weight.dtype)  # autocast may give bfloat16, too coarse for moments
        var, mean = (t.double() for t in torch.var_mean(wide, PIXELS, correction=0))
        mean, square = world.total(torch.stack([mean, var + mean.square()])) / world.size
        mean, var = mean.to(weight.dtype), (square - mean.square()).to(weight.dtype)
        ctx.save_for_backward(x, weight, mean, (var + eps).rsqrt())
        ctx.world = world
        ctx.mark_non_differentiable(mean, var)
        return F.batch_norm(x, mean, var, weight, bias, training=False, eps=eps), mean, var

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, mean, scale = ctx.saved_tensors
        dy, world = gradients[0].to(weight.dtype), ctx.world
        normalized = (x - mean[:, None, None]) * scale[:, None, None]
        sums = torch.stack([dy.sum(PIXELS), (dy * normalized).sum(PIXELS)])
        count = x.numel() // x.shape[1] * world.size
        of_dy, of_product = (world.total(sums.double()) / count).to(weight.dtype)[:, :, None, None]
        dx = (dy - of_dy - normalized * of_product) * (weight * scale)[:, None, None]
        dbias, dweight = sums  # of this share: the gradients of all shares are averaged later
        return dx.to(x.dtype), dweight, dbias, None, None
