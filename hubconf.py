"""Released networks for torch.hub.load(FOLDER, "memnet", "memnet-small-sr", source="local")."""

from typing import Any

dependencies = ["cv2", "h5py", "pandas", "pydantic", "safetensors", "scipy", "skimage", "torch"]


def memnet(name: str = "memnet-small-sr") -> Any:
    """A released network in evaluation mode; `memnet.networks()` gives the names."""
    from memnet import load

    return load(name)
