"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Folder with the real images and weights, laid out as `memnet/datasets/registry.yaml` says."""
    folder = os.environ.get("MEMNET_MIRROR")
    if not folder:
        pytest.skip("needs the real images: set MEMNET_MIRROR=<folder> to run it")
    assert Path(folder).is_dir(), f"MEMNET_MIRROR must be an existing folder, got {folder}"
    return Path(folder)


@pytest.fixture(autouse=True)
def _without_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not the extra [openvino] is there, tests restore as an installation without it."""
    monkeypatch.setattr("memnet.inference.engine.find_spec", lambda name: None)
