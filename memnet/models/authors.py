"""Networks with the weights that their authors published."""

from pathlib import Path

import numpy as np
import scipy.io
import torch
from numpy.typing import NDArray

from memnet.errors import InputError
from memnet.models.config import VdsrConfig
from memnet.models.network import Network
from memnet.models.vdsr import Vdsr


def vdsr_official(folder: Path) -> Network:
    """VDSR from `VDSR_Official.mat` of huangzehao/caffe-vdsr: 20 MatConvNet layers.

    Parameters
    ----------
    folder : holds the file

    Raises
    ------
    InputError : the file is no MATLAB file of these 20 layers
    """
    path = folder / "VDSR_Official.mat"
    network = Vdsr(VdsrConfig(depth=20, num_features=64, initialization="official"))
    try:
        model = scipy.io.loadmat(path)["model"][0, 0]
        weights, biases = model["weight"].ravel(), model["bias"].ravel()
        state = {}
        for index, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            state[f"convs.{index}.weight"] = _kernel(weight)
            state[f"convs.{index}.bias"] = torch.from_numpy(bias.astype(np.float32).ravel())
        network.load_state_dict(state)
    except (OSError, ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        raise InputError(f"{path} must hold the 20 layers of VDSR, but: {error}") from error
    return network


def _kernel(weight: NDArray[np.float32]) -> torch.Tensor:
    """Kernel (out, in, rows, columns) of a MatConvNet one (rows, columns, in[, out])."""
    full = np.asarray(weight, dtype=np.float32)
    full = full[..., None] if full.ndim == 3 else full  # MATLAB drops a last side of 1
    return torch.from_numpy(np.ascontiguousarray(full.transpose(3, 2, 0, 1)))


CONVERTERS = {"vdsr-official": (vdsr_official, "super_resolution")}
"""How the raw files of a dataset of that id become a network, and its task."""
