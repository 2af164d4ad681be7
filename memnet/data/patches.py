"""Training patches, cut from resident images as a pure function of their number."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from memnet.data.pairs import Pairs
from memnet.errors import InputError

NUM_ORIENTATIONS = 8  # four rotations, each with and without a flip


def patch_positions(sides: Tensor, patch_size: int, stride: int) -> Tensor:
    """Number of patches along each side; 0 if the image is smaller than a patch."""
    return ((sides - patch_size) // stride + 1).clamp(min=0)


@dataclass(frozen=True)
class Planes:
    """All planes of a training set, end to end in two flat tensors.

    `targets` is uint8; `degraded` is float32 in units of 255 = 1, uint8, or None where noise is
    drawn afresh. An entry is one plane at one level: `offset` into the flat tensors, `height`,
    `width` and `level`, each (E,) int64.
    """

    targets: Tensor
    degraded: Tensor | None
    offset: Tensor
    height: Tensor
    width: Tensor
    level: Tensor


def load_planes(folder: Pairs, images: list[str], levels: list[int]) -> Planes:
    """The planes of some images of a training set, every level an entry."""
    targets: list[np.ndarray] = []
    degraded: list[np.ndarray] = []
    entries: list[tuple[int, int, int, int]] = []
    offset = 0
    for image in images:
        pairs = folder.load(image)
        if not folder.seeds:  # one plane serves all levels
            height, width = pairs.plane.shape
            entries += [(offset, height, width, level) for level in levels]
            targets.append(pairs.plane.ravel())
            offset += pairs.plane.size
            continue
        for level in levels:
            pair = pairs.pair(level, folder.seeds[0])
            entries.append((offset, *pair.target.shape, level))
            targets.append(pair.target.ravel())
            degraded.append(pair.degraded.ravel())
            offset += pair.target.size
    columns = torch.tensor(entries, dtype=torch.int64).reshape(-1, 4).T.contiguous()
    return Planes(
        torch.from_numpy(np.concatenate(targets)) if targets else torch.empty(0, dtype=torch.uint8),
        torch.from_numpy(np.concatenate(degraded)) if degraded else None,
        *columns,
    )


class PatchSampler:
    """Every patch of a training set by number, and the order in which a training sees them.

    Patch n is one position of the grid of multiples of `stride`, in one of eight orientations, of
    one plane at one level. The order of an epoch and the noise of a step follow from the seed
    alone, so that a resumed training needs no generator state.
    """

    def __init__(
        self, planes: Planes, *, patch_size: int, stride: int, batch_size: int, seed: int,
        device: torch.device,
    ) -> None:  # fmt: skip
        self.planes = Planes(
            *(None if t is None else t.to(device) for t in vars(planes).values())  # type: ignore[arg-type]
        )
        self.batch_size = batch_size
        self.stride = stride
        self.seed = seed
        self.device = device
        rows = patch_positions(self.planes.height, patch_size, stride)
        self._columns = patch_positions(self.planes.width, patch_size, stride)
        counts = rows * self._columns * NUM_ORIENTATIONS
        self._ends = counts.cumsum(0)
        self._starts = self._ends - counts
        self.num_patches = int(self._ends[-1]) if len(counts) else 0
        if self.num_patches < batch_size:
            raise InputError(
                f"the training set must hold at least one batch of {batch_size} patches of "
                f"{patch_size}x{patch_size} pixels, got {self.num_patches}: add images, or lower "
                "batch_size, patch_size or stride"
            )
        self._row_table, self._column_table = _orientation_tables(patch_size, device)
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.int64)

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass; patches that do not fill one are left out, as officially."""
        return self.num_patches // self.batch_size

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Degraded and target patches (B, 1, P, P) of a step, float32 in units of 255 = 1."""
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(_mix(self.seed, 0, epoch))
            self._order = torch.randperm(self.num_patches, generator=generator)
            self._epoch = epoch
        numbers = self._order[place * self.batch_size : (place + 1) * self.batch_size]
        return self.patches(numbers.to(self.device), noise_seed=_mix(self.seed, 1, step))

    def patches(self, numbers: Tensor, *, noise_seed: int) -> tuple[Tensor, Tensor]:
        """Degraded and target patches of the given numbers (B,)."""
        entry = torch.searchsorted(self._ends, numbers, right=True)
        number, columns = numbers - self._starts[entry], self._columns[entry]
        place, orientation = number // NUM_ORIENTATIONS, number % NUM_ORIENTATIONS
        row, column = place // columns, place % columns
        y = (row * self.stride)[:, None, None] + self._row_table[orientation]
        x = (column * self.stride)[:, None, None] + self._column_table[orientation]
        planes = self.planes
        index = planes.offset[entry][:, None, None] + y * planes.width[entry][:, None, None] + x
        target = planes.targets[index].unsqueeze(1).float() / 255
        if planes.degraded is not None:
            degraded = planes.degraded[index].unsqueeze(1)
            return (degraded.float() / 255 if degraded.dtype == torch.uint8 else degraded), target
        generator = torch.Generator(self.device).manual_seed(noise_seed)
        noise = torch.randn(target.shape, generator=generator, device=self.device)
        sigma = planes.level[entry].float()[:, None, None, None] / 255
        return target + sigma * noise, target


def _orientation_tables(patch_size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Row and column, inside an unturned patch, of each pixel of a turned one: (8, P, P) each."""
    side = torch.arange(patch_size)
    grid = torch.stack(torch.meshgrid(side, side, indexing="ij"))  # (2, P, P)
    turned = [torch.rot90(grid, k, (1, 2)) for k in range(4)]
    tables = torch.stack(turned + [t.flip(2) for t in turned], dim=1)  # (2, 8, P, P)
    rows, columns = tables.to(device).contiguous()
    return rows, columns


def _mix(seed: int, stream: int, count: int) -> int:
    """Seed of one draw, far from that of every other draw."""
    state = np.random.SeedSequence([seed, stream, count]).generate_state(1, np.uint64)
    return int(state[0] >> np.uint64(1))


def held_out(folder: Pairs, validation: list[str]) -> tuple[list[str], list[str]]:
    """Images to train on and images to validate on.

    InputError if an image to hold out is not in the set, or none is left to train on.
    """
    for image in validation:
        if image not in folder.images:
            raise InputError(
                f"validation images must be among those of {folder.dataset} "
                f"({', '.join(folder.images[:8])}, ...), got {image!r}"
            )
    training = [image for image in folder.images if image not in validation]
    if not training:
        raise InputError(f"validation must leave images of {folder.dataset} to train on")
    return training, validation
