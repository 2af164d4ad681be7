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
from torch.nn.parallel import DistributedDataParallel

from memnet.errors import InputError
from memnet.training.engine import Predictions

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

    @contextmanager
    def told(self) -> Iterator[None]:
        """Around what exchanges: tell that another process no longer answers; other faults pass."""
        try:
            yield
        except RuntimeError as error:
            if not (isinstance(error, dist.DistError) or "gloo" in str(error)):
                raise
            reason = str(error).splitlines()[0].split(". ")[0]  # what follows is advice
            raise InputError(
                f"another process of this training was lost ({reason}): "
                "the same command goes on from the last checkpoint"
            ) from error

    def total(self, values: Tensor) -> Tensor:
        """Sum over the processes."""
        if self.size == 1:
            return values
        summed = values.clone()  # all_reduce works in place
        with self.told():
            dist.all_reduce(summed)
        return summed

    def distributed(self, network: nn.Module, predictions: Predictions) -> Predictions:
        """Predictions whose gradients are those of the whole batch, means over its equal shares.

        All processes take the weights of the first one.
        """
        if self.size == 1:
            return predictions
        with self.told():
            return DistributedDataParallel(
                _Forward(network, predictions), gradient_as_bucket_view=True
            )

    def largest(self, *values: float) -> list[float]:
        """The largest of each value over the processes; of flags, whether one is set."""
        if self.size == 1:
            return list(values)
        told = torch.tensor(values, dtype=torch.float64, device=self.device)
        with self.told():
            dist.all_reduce(told, dist.ReduceOp.MAX)
        return told.tolist()

    def from_first(self, make: Callable[[], T]) -> T:
        """What the first process makes."""
        if self.size == 1:
            return make()
        box = [make() if self.first else None]
        with self.told():
            dist.broadcast_object_list(box, src=0, device=self.device)
        return box[0]  # type: ignore[return-value]

    def gather(self, value: T) -> list[T]:
        """One value of each process, by rank."""
        if self.size == 1:
            return [value]
        values: list[T] = [value] * self.size
        with self.told():
            dist.all_gather_object(values, value)
        return values

    def map(self, function: Callable[[S], T], items: Sequence[S]) -> list[T]:
        """`function` of every item, in order; each process computes every `size`-th one."""
        parts = self.gather([function(item) for item in items[self.rank :: self.size]])
        return [parts[n % self.size][n // self.size] for n in range(len(items))]


class _Forward(nn.Module):
    """A network whose forward is its predictions."""

    def __init__(self, network: nn.Module, predictions: Predictions) -> None:
        super().__init__()
        self.network = network
        self._predictions = predictions

    def forward(self, degraded: Tensor) -> tuple[Tensor, list[Tensor]]:
        return self._predictions(degraded)


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
