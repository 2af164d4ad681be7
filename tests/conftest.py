"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Folder with the real images and weights, laid out as `datasets/registry.yaml` says."""
    folder = os.environ.get("MEMNET_MIRROR")
    if not folder:
        pytest.skip("needs the real images: set MEMNET_MIRROR=<folder> to run it")
    assert Path(folder).is_dir(), f"MEMNET_MIRROR must be an existing folder, got {folder}"
    return Path(folder)
