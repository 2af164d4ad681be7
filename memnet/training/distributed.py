"""Several processes that train one network, each on its share of every batch.

`torchrun` starts them. One process is the same code with nothing to exchange.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous

from memnet.errors import InputError

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class World:
    """The processes of one training, seen from one of them.

    Every method but `share` must be called by all processes, in the same order; with one process
    none of them changes a bit.
    """

    rank: int  # number of this process, from 0
    size: int  # number of processes
    device: torch.device  # where this process trains

    @property
    def first(self) -> bool:
        """Whether this is the process that writes, prints and keeps time."""
        return self.rank == 0

    def admit(self, batch_size: int, key: str) -> None:
        """InputError unless all processes have the same `key` and can share a batch equally."""
        if batch_size % self.size:
            raise InputError(
                "batch_size must be a multiple of the number of processes, "
                f"got {batch_size} and {self.size}: change one of them"
            )
        keys = self.gather(key)
        other = next((rank for rank, k in enumerate(keys) if k != keys[0]), None)
        if other is not None:
            raise InputError(
                "all processes must have the same params, data, code and torch, "
                f"but process {other} differs from process 0: make them the same"
            )

    def share(self, batch: Tensor) -> Tensor:
        """The samples of a batch (B, ...) that are this process's: (B / size, ...)."""
        return batch.chunk(self.size)[self.rank]

    def total(self, values: Tensor) -> Tensor:
        """Sum over the processes."""
        if self.size == 1:
            return values
        summed = values.clone()  # all_reduce works in place
        with _loss_of_a_process_told():
            dist.all_reduce(summed)
        return summed

    def average(self, network: nn.Module, loss: Tensor) -> Tensor:
        """Loss and, in place, gradients of the whole batch: means over its equal shares.

        Running statistics are averaged as well, so that all processes hold the same network;
        where batch norm is synchronised they are equal already.

        One exchange after the backward pass is enough: the 0.7 M gradients of MemNet are 2.7 MB,
        which DistributedDataParallel could hide behind the backward pass but not make fewer.
        """
        if self.size == 1:
            return loss.detach()
        statistics = (b for b in network.buffers() if b.is_floating_point())
        gradients = (p.grad for p in network.parameters() if p.grad is not None)
        tensors = [loss.detach(), *gradients, *statistics]
        mean = self.total(torch.cat([t.reshape(-1) for t in tensors])) / self.size
        parts = torch.split(mean, [t.numel() for t in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))
        return tensors[0]

    def from_first(self, make: Callable[[], T]) -> T:
        """What the first process makes."""
        if self.size == 1:
            return make()
        box = [make() if self.first else None]
        with _loss_of_a_process_told():
            dist.broadcast_object_list(box, src=0, device=self.device)
        return box[0]  # type: ignore[return-value]

    def copy_first(self, network: nn.Module) -> None:
        """Give every process the weights of the first one."""
        if self.size > 1:
            for tensor in network.state_dict().values():
                with _loss_of_a_process_told():
                    dist.broadcast(tensor, src=0)

    def gather(self, value: T) -> list[T]:
        """One value of each process, by rank."""
        if self.size == 1:
            return [value]
        values: list[T] = [value] * self.size
        with _loss_of_a_process_told():
            dist.all_gather_object(values, value)
        return values

    def map(self, function: Callable[[S], T], items: Sequence[S]) -> list[T]:
        """`function` of every item, in order; each process computes every `size`-th one."""
        parts = self.gather([function(item) for item in items[self.rank :: self.size]])
        return [parts[n % self.size][n // self.size] for n in range(len(items))]


ALONE = World(0, 1, torch.device("cpu"))


@contextmanager
def joined(device: torch.device) -> Iterator[World]:
    """Join the processes that torchrun started; without torchrun, a world of one.

    "cuda" stands for a GPU of its own for every process of a machine; InputError if it has fewer.
    A fault is told by the process that meets it first; the others end as quietly as they can, with
    the same exit code.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World(0, 1, device)
        return
    backend = "gloo"
    if device.type == "cuda":
        device, backend = _own_gpu(int(os.environ["LOCAL_RANK"])), "nccl"
    store, rank, size = next(rendezvous("env://"))
    if os.environ.get("LOCAL_WORLD_SIZE") == str(size):
        # torchrun keeps its store over a restart, and the addresses of the dead in it
        # (pytorch/pytorch#135712). Of several machines each counts its own restarts: see
        # docs/scaling.md.
        attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
        store = dist.PrefixStore(attempt, store)  # type: ignore[attr-defined]
    dist.init_process_group(backend, store=store, rank=rank, world_size=size)
    try:
        yield World(rank, size, device)
    except (InputError, KeyboardInterrupt) as fault:
        if not _is_first_to_tell(store):
            raise SystemExit(1 if isinstance(fault, InputError) else 130) from None
        raise
    finally:
        dist.destroy_process_group()


def _own_gpu(local_rank: int) -> torch.device:
    """The GPU of one process of this machine."""
    if local_rank >= torch.cuda.device_count():
        raise InputError(
            "each process needs a GPU of its own, got at least "
            f"{local_rank + 1} processes and {torch.cuda.device_count()} GPUs on this machine: "
            "lower --nproc-per-node"
        )
    device = torch.device("cuda", local_rank)
    torch.cuda.set_device(device)  # what NCCL takes
    return device


def _is_first_to_tell(store: Any) -> bool:
    try:
        return bool(store.add("faults", 1) == 1)
    except RuntimeError:  # the machine that held the store is gone: torchrun tells that
        return False


@contextmanager
def _loss_of_a_process_told() -> Iterator[None]:
    """Around an exchange: an error there means that another process no longer answers."""
    try:
        yield
    except RuntimeError as error:
        reason = str(error).splitlines()[0].split(". ")[0]  # what follows is advice
        raise InputError(
            f"another process of this training was lost ({reason}): "
            "the same command goes on from the last checkpoint"
        ) from error
