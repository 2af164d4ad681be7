"""Released networks for torch.hub.load(FOLDER, "memnet", "memnet-small-sr", source="local")."""

from typing import Any

dependencies = ["torch", "numpy", "pydantic", "safetensors"]


def memnet(name: str = "memnet-small-sr") -> Any:
    """A released network in evaluation mode; `memnet.networks()` gives the names."""
    from memnet import load

    return load(name)
