"""What `import memnet` offers: load a network, restore, degrade and score.

```python
import memnet

large = memnet.restore(image, "memnet-small-sr", 2)  # (H, W, 3) uint8 to (2 H, 2 W, 3)
print(memnet.score("memnet-small-sr", "sr", 3, "set5").psnr)
```
"""

import copy
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memnet.errors import InputError
from memnet.evaluation.score import Method, Score, Scored, score_method
from memnet.imaging.metrics import psnr, ssim
from memnet.imaging.photo import Photo
from memnet.imaging.resize import imresize
from memnet.inference.photo import restore_photo
from memnet.inference.tiling import DEFAULT_TILE
from memnet.methods.levels import Training
from memnet.methods.networks import NamedNetwork, known_networks, load_network
from memnet.models.config import MemNetConfig
from memnet.models.memnet import MemNet
from memnet.models.network import Network
from memnet.models.saved import Levels, SavedNetwork
from memnet.seeding import choose_device, make_deterministic, torch_as_it_was
from memnet.tasks import task_named
from memnet.tasks.task import Pair, to_unit

__all__ = [
    "InputError", "MemNet", "MemNetConfig", "degrade", "imresize", "load", "networks", "psnr",
    "restore", "score", "ssim",
]  # fmt: skip


def networks() -> dict[str, Levels]:
    """Names that `load` takes, with the levels of each task that the network was trained for.

    The released networks come with the package. Those in results/methods/ of the working folder
    were trained there. Weights of other authors are downloaded when they are loaded.

    Examples
    --------
    >>> memnet.networks()["memnet-small-sr"]
    {'super_resolution': [2, 3, 4]}
    """
    return known_networks()


def load(name_or_path: str | Path, *, layout: str | None = None) -> Network:
    """A network with its weights, in evaluation mode on the CPU.

    It is a module of PyTorch that maps degraded luminance (N, 1, H, W) in [0, 1] to the restored
    one, not clipped. For super-resolution it is given the image enlarged by bicubic interpolation,
    but for LapSRN, which is given the small one. ARCNN and LapSRN have weights for each level:
    `network.at_level(level)` is the module.

    Parameters
    ----------
    name_or_path : one of `networks()`, a folder that `save_pretrained` or `memnet release` wrote,
        or a file of weights (.mat, .caffemodel, .pth, .safetensors)
    layout : which network a .pth or .safetensors file is of: memnet, vdsr, drcn, dncnn, or a
        released one

    Raises
    ------
    InputError : there is none, or a file is damaged

    Examples
    --------
    >>> network = memnet.load("memnet-small-denoise")
    """
    return load_network(str(name_or_path), layout).network


def restore(
    image: NDArray[Any],
    network: Network | str | Path,
    level: int,
    *,
    task: str | None = None,
    tile: int = DEFAULT_TILE,
    device: str = "auto",
) -> NDArray[Any]:
    """The restored image, of the same kind and size, or for super-resolution `level` times that.

    The network restores the luminance, as in the paper; chroma is enlarged by bicubic
    interpolation, or stays as it is.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8, or a plane (H, W) of floats in units of 255 = 1
    network : what `load` returns, or what it takes
    level : scale, sigma in grey levels, or JPEG quality
    task : super_resolution (or sr), denoising or jpeg_deblocking (or jpeg); needed only where the
        network is not for exactly one
    tile : longest side in the result of what is restored at once, which bounds the memory; 0 for
        the whole image
    device : auto, cpu or cuda

    Returns
    -------
    uint8, or float32 of a plane of floats, which is neither rounded nor clipped

    Raises
    ------
    InputError : the image is of another kind, the network was not trained for such a level or
        task, or its output is not finite

    Examples
    --------
    >>> large = memnet.restore(image, "memnet-small-sr", 2)
    """
    _require_image(image)
    _require_whole(level=level)
    if isinstance(network, str | Path):
        named = load_network(str(network))
    elif isinstance(network, SavedNetwork):
        named = NamedNetwork(type(network).__name__, copy.deepcopy(network).eval())
    else:
        raise InputError(
            "network must be one that `load` returns, or its name or path, got a "
            f"{type(network).__name__}: `score` takes other modules"
        )
    known = named.network.trained_for
    if task is None and (known is None or len(known) != 1):
        tasks = "is not recorded" if known is None else f"is {', '.join(known)}"
        raise InputError(f"task must be given, as what {named.name} was trained for {tasks}")
    task = task_named(task or next(iter(known or ()))).name
    level = int(level)  # which may be a number of NumPy
    Training(named.name, task, named.levels(task)).require(level)
    photo = Photo(image if image.dtype == np.uint8 else image.astype(np.float32), None, None)
    with torch_as_it_was():
        make_deterministic(seed=0)
        return restore_photo(
            photo, named.network, task=task, level=level, device=choose_device(device), tile=tile
        ).pixels


def degrade(image: NDArray[np.uint8], task: str, level: int, *, seed: int = 0) -> Pair:
    """Target and degraded plane of an image, as the paper degrades it.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8
    task : super_resolution (or sr), denoising or jpeg_deblocking (or jpeg)
    level : scale, sigma in grey levels, or JPEG quality
    seed : of the noise; the other tasks draw none

    Returns
    -------
    target : (H, W) uint8, the plane that the task works on; for super-resolution cut to a multiple
        of the scale
    degraded : (H, W) float32 in units of 255 = 1, for super-resolution enlarged again to the size
        of the target; neither rounded nor clipped, but for JPEG, whose values are those of 8 bits

    Raises
    ------
    InputError : the image is of another kind, or the task has no such level

    Examples
    --------
    >>> target, noisy = memnet.degrade(image, "denoising", 30)
    """
    _require_image(image)
    _require_whole(level=level, seed=seed)
    if image.dtype != np.uint8:
        raise InputError(f"image must be uint8, got {image.dtype}")
    protocol = task_named(task)
    target, degraded = protocol.degrade(protocol.plane(image), int(level), seed=int(seed))
    return Pair(target, to_unit(degraded))


def score(method: Method | Path, task: str, level: int, dataset: str, *, seed: int = 0) -> Scored:
    """Score a method on a dataset as the paper's tables are scored.

    Parameters
    ----------
    method : "input" for the degraded images themselves; what `load` takes or returns; a function
        that is given a degraded plane (H, W) float32 in units of 255 = 1, and the level if it has a
        second argument, and returns the restored one; or any module of PyTorch, which maps
        (1, 1, H, W) to the same
    task : super_resolution (or sr), denoising or jpeg_deblocking (or jpeg)
    level : scale, sigma in grey levels, or JPEG quality
    dataset : set5, bsd100 ...: an id of `memnet dataset list`; it is fetched if it is not here
    seed : of the noise

    Returns
    -------
    Scored : `psnr` in dB and `ssim`, both means over images; `rows`, one per image; `inputs`, the
        same of the degraded images; `protocol` in words, and `notes`

    Raises
    ------
    InputError : there is no such method, dataset or level, or the method was trained on the images

    Examples
    --------
    >>> memnet.score(lambda plane: plane, "sr", 3, "set5").psnr  # 30.39, the bicubic row
    """
    _require_whole(level=level, seed=seed)
    what = Score(task_named(task).name, dataset, int(level), int(seed))
    with torch_as_it_was():
        return score_method(what, str(method) if isinstance(method, Path) else method)


def _require_whole(**values: int) -> None:
    """Raise InputError unless each is a whole number that is not negative."""
    for name, value in values.items():
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not (whole and 0 <= value < 2**32):
            raise InputError(f"{name} must be a whole number, at least 0, got {value!r}")


def _require_image(image: Any) -> None:
    """Raise InputError unless it is an image that networks can be given."""
    wanted = "(H, W) or (H, W, 3) uint8, or a plane (H, W) of floats in units of 255 = 1"
    if not isinstance(image, np.ndarray):
        raise InputError(f"image must be a NumPy array, {wanted}, got a {type(image).__name__}")
    grey = image.ndim == 2
    colour = image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8
    if not (colour or (grey and (image.dtype == np.uint8 or image.dtype.kind == "f"))):
        raise InputError(f"image must be {wanted}, got {image.shape} {image.dtype}")
    if image.size == 0:
        raise InputError(f"image must have pixels, got {image.shape}")
    if image.dtype.kind == "f":
        if not np.isfinite(image).all():
            raise InputError("image must be finite, got NaN or infinity")
        if image.max() > 8:  # noise of sigma 255 on white stays below
            raise InputError(
                f"image must be in units of 255 = 1, got values up to {image.max():.0f}: "
                "divide it by 255"
            )
