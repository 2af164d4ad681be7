"""Stage convert: from an authors' file to a folder like a trained network's."""

from pathlib import Path

import numpy as np
import pytest
import torch

from memnet.files import sha256_of
from memnet.results.networks import read_network
from memnet.results.run_record import read_record
from pipelines.convert import main
from tests.models.authors_files import write_dncnn


def test_a_converted_network_is_laid_out_like_a_trained_one(tmp_path: Path) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    raw.mkdir()
    layers = write_dncnn(raw, np.random.default_rng(1))
    assert main(["--method", "dncnn3", "--raw", str(raw), "--out", str(out)]) == 0
    record = read_record(out)
    assert (record.kind, record.what) == ("converted", "dncnn")
    assert list(record.tasks) == ["super_resolution", "denoising", "jpeg_deblocking"]
    assert record.origin == {"DnCNN3.mat": sha256_of(raw / "DnCNN3.mat")}
    assert record.method_sha256 == sha256_of(out / "model.safetensors")
    network = read_network(out)
    kernel = torch.from_numpy(layers[7][0]).permute(3, 2, 0, 1)
    assert torch.equal(network.get_parameter("convs.7.weight"), kernel)


def test_damage_and_unknown_methods_are_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "DnCNN3.mat").write_bytes(b"\x89HDF\r\n\x1a\n")
    out = tmp_path / "out"
    assert main(["--method", "dncnn3", "--raw", str(tmp_path), "--out", str(out)]) != 0
    assert "DnCNN3.mat must hold the 20 layers of DnCNN-3, but: " in capsys.readouterr().err
    assert main(["--method", "edsr", "--raw", str(tmp_path), "--out", str(out)]) != 0
    told = "--method must be one of vdsr-official, dncnn3, arcnn, lapsrn, got edsr"
    assert told in capsys.readouterr().err
    assert not out.exists()
