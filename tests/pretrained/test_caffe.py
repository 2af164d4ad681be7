"""MemNet out of Caffe models: nothing lost on the way, and every damage told."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from memnet.errors import InputError
from memnet.models.memnet import MemNet
from memnet.models.network import num_conv_weights, read_pretrained
from memnet.pretrained import caffe
from memnet.pretrained.caffe import NetParameter, memnet_official, read_caffemodel
from tests.models.caffe_files import add_blob, caffemodel, write_caffemodel
from tests.models.memnet_twin import Size, both, plain

SIZES = [(1, 1, 3), (2, 3, 8), (3, 2, 5), (6, 6, 8)]  # M, R, features
SMALL = (2, 2, 3)


def random_memnet(size: Size) -> MemNet:
    return both(size, "full", training=False, dtype=torch.float32)[0]


def imported(folder: Path, net: Any) -> MemNet:
    path = folder / "MemNet.caffemodel"
    path.write_bytes(net.SerializeToString())
    return memnet_official(path)


def layer_of(net: Any, name: str) -> Any:
    (layer,) = (layer for layer in net.layer if layer.name == name)
    return layer


def assert_equal_states(ours: MemNet, theirs: MemNet, *, rtol: float = 0.0) -> None:
    """Weights to the last bit; statistics, which the file holds multiplied, within `rtol`."""
    expected = theirs.state_dict()
    assert ours.state_dict().keys() == expected.keys()
    for name, tensor in ours.state_dict().items():
        tolerance = rtol if "running" in name else 0.0
        torch.testing.assert_close(tensor, expected[name], rtol=tolerance, atol=0.0)


# Round trips


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_imported_network_restores_the_same(size: Size, tmp_path: Path) -> None:
    network, tensors, degraded = both(size, "full", training=False, dtype=torch.float32)
    write_caffemodel(tmp_path / "a.caffemodel", network)
    got = memnet_official(tmp_path / "a.caffemodel")
    assert not got.training
    assert got.config == network.config
    double = {name: tensor.double() for name, tensor in tensors.items()}
    with torch.inference_mode():  # in double precision, so that no rounding but the file's is left
        final, intermediate = got.double().predictions(degraded.double())
        expected = plain(size, "full", double, degraded.double(), training=False)
    torch.testing.assert_close(final, expected[0], rtol=0, atol=1e-6)
    torch.testing.assert_close(intermediate, expected[1], rtol=0, atol=1e-6)


def test_the_full_network_survives(tmp_path: Path) -> None:
    network = random_memnet((6, 6, 64))
    write_caffemodel(tmp_path / "a.caffemodel", network)
    got = memnet_official(tmp_path / "a.caffemodel")
    assert got.config == network.config
    assert num_conv_weights(got) == 676_992
    assert_equal_states(got, network, rtol=3e-7)


@pytest.mark.parametrize("legacy_shapes", [False, True])
def test_a_scale_that_rounds_nothing_gives_every_bit(legacy_shapes: bool, tmp_path: Path) -> None:
    network = random_memnet(SMALL)
    path = tmp_path / "a.caffemodel"
    write_caffemodel(path, network, statistics_scale=1024.0, legacy_shapes=legacy_shapes)
    assert_equal_states(memnet_official(path), network)


def test_two_digits_are_blocks_and_recursions(tmp_path: Path) -> None:
    network = random_memnet((10, 11, 1))
    assert imported(tmp_path, caffemodel(network)).config == network.config


def test_values_in_double_precision_are_read_first(tmp_path: Path) -> None:
    network = random_memnet(SMALL)
    net = caffemodel(network)
    for layer in net.layer:
        for blob in layer.blobs:
            blob.double_data.extend(blob.data)
            blob.data[:] = [np.nan] * len(blob.data)
    assert_equal_states(imported(tmp_path, net), network, rtol=3e-7)


def test_statistics_of_an_untrained_layer_are_zero_as_in_caffe(tmp_path: Path) -> None:
    net = caffemodel(random_memnet(SMALL))
    layer_of(net, "bn_conv02_01_b").blobs[2].data[0] = 0.0
    got = imported(tmp_path, net)
    norm = got.get_submodule("blocks.1.units.0.norm_b")
    zero = torch.zeros(SMALL[2])
    torch.testing.assert_close((norm.running_mean, norm.running_var), (zero, zero))


def test_an_imported_network_is_stored_and_trained_like_any(tmp_path: Path) -> None:
    got = imported(tmp_path, caffemodel(random_memnet(SMALL)))
    assert all(parameter.requires_grad for parameter in got.parameters())
    got.save_pretrained(tmp_path)
    again = read_pretrained(tmp_path)
    assert isinstance(again, MemNet)
    assert_equal_states(again, got)


def test_blobs_come_by_layer_in_the_order_of_the_file(tmp_path: Path) -> None:
    net = caffemodel(random_memnet(SMALL))
    path = tmp_path / "a.caffemodel"
    path.write_bytes(net.SerializeToString())
    layers = read_caffemodel(path)
    assert list(layers) == [layer.name for layer in net.layer]
    assert layers["relu1"] == []
    assert [blob.shape for blob in layers["conv_transition_02"]] == [(3, 12, 1, 1), (3,)]
    assert all(blob.dtype == np.float32 for blobs in layers.values() for blob in blobs)


# Damage

Edit = Callable[[Any], None]


def remove(name: str) -> Edit:
    return lambda net: net.layer.remove(layer_of(net, name))


def add(name: str, *blobs: Tensor) -> Edit:
    def edit(net: Any) -> None:
        layer = net.layer.add(name=name)
        for blob in blobs:
            add_blob(layer, blob)

    return edit


def set_value(name: str, blob: int, value: float) -> Edit:
    def edit(net: Any) -> None:
        layer_of(net, name).blobs[blob].data[-1] = value

    return edit


def set_shape(name: str, blob: int, *shape: int) -> Edit:
    def edit(net: Any) -> None:
        layer_of(net, name).blobs[blob].shape.dim[:] = shape

    return edit


def set_blob(name: str, blob: int, values: Tensor) -> Edit:
    def edit(net: Any) -> None:
        layer = layer_of(net, name)
        add_blob(layer, values)
        layer.blobs[blob].CopyFrom(layer.blobs.pop())

    return edit


def without_layers(net: Any) -> None:
    del net.layer[:]


def with_v1_layer(net: Any) -> None:
    net.layers.add()


CAFFE = "a network in Caffe's format"
MEMNET = "the layers of MemNet"
DAMAGES = {
    "no-layers": (without_layers, CAFFE, "it has no layers"),
    "v1": (with_v1_layer, CAFFE, "its layers have Caffe's old format V1"),
    "twice": (add("conv1", torch.ones(1)), CAFFE, "it has two layers 'conv1'"),
    "shape-not-of-values": (
        set_shape("conv1", 0, 3, 1, 3, 2),
        CAFFE,
        "layer 'conv1' has a blob of 27 values and shape (3, 1, 3, 2)",
    ),
    "huge-shape": (
        set_shape("conv1", 1, 2**62, 2**62),
        CAFFE,
        f"layer 'conv1' has a blob of 3 values and shape ({2**62}, {2**62})",
    ),
    "huge-empty-shape": (
        add("fc", torch.ones(0, 2**40)),
        CAFFE,
        f"layer 'fc' has a blob of 0 values and shape (0, {2**40})",
    ),
    "negative-shape": (
        set_shape("conv1", 1, -1, -3),
        CAFFE,
        "layer 'conv1' has a blob of 3 values and shape (-1, -3)",
    ),
    "too-many-axes": (
        set_shape("weight_output_end_01", 0, *[1] * 33),
        CAFFE,
        f"layer 'weight_output_end_01' has a blob of 1 values and shape {(1,) * 33}",
    ),
    "legacy-shape-in-part": (
        lambda net: setattr(layer_of(net, "conv1").blobs[1], "width", 3),
        CAFFE,
        "layer 'conv1' has a blob of 3 values and shape (0, 0, 0, 3)",
    ),
    "beyond-single-precision": (
        lambda net: layer_of(net, "conv1").blobs[1].double_data.extend([0.0, 0.0, 1e300]),
        CAFFE,
        "weights must be finite, got NaN or infinity in layer 'conv1'",
    ),
    "nan": (
        set_value("conv01_02_a", 0, np.nan),
        CAFFE,
        "weights must be finite, got NaN or infinity in layer 'conv01_02_a'",
    ),
    "infinity": (
        set_value("weight_output_end_01", 0, -np.inf),
        CAFFE,
        "weights must be finite, got NaN or infinity in layer 'weight_output_end_01'",
    ),
    "missing": (remove("scale_conv02_01_b"), MEMNET, "it lacks the layer 'scale_conv02_01_b'"),
    "missing-block": (remove("conv_transition_02"), MEMNET, "must have 0 blobs, got 3"),
    "missing-sum": (remove("HR_recovery"), MEMNET, "it lacks the layer 'HR_recovery'"),
    "extra": (add("fc8", torch.ones(2)), MEMNET, "layer 'fc8' must have 0 blobs, got 1"),
    "extra-block": (
        add("conv_transition_03", torch.ones(2)),
        MEMNET,
        "it lacks the layer 'weight_output_end_03'",
    ),
    "blobs-short": (
        lambda net: layer_of(net, "bn_conv_end_01").blobs.pop(),
        MEMNET,
        "layer 'bn_conv_end_01' must have 3 blobs, got 2",
    ),
    "no-blobs": (
        lambda net: layer_of(net, "conv1").ClearField("blobs"),
        MEMNET,
        "layer 'conv1' must have 2 blobs, got 0",
    ),
    "another-shape": (
        set_blob("conv_transition_01", 0, torch.ones(3, 6, 1, 1)),
        MEMNET,
        "layer 'conv_transition_01' has a blob of shape (3, 6, 1, 1), not (3, 9, 1, 1)",
    ),
    "same-values-turned": (
        set_shape("conv_transition_01", 0, 9, 3, 1, 1),
        MEMNET,
        "layer 'conv_transition_01' has a blob of shape (9, 3, 1, 1), not (3, 9, 1, 1)",
    ),
    "five-axes": (
        set_shape("conv1", 0, 1, 3, 1, 3, 3),
        MEMNET,
        "layer 'conv1' has a blob of shape (1, 3, 1, 3, 3), not (3, 1, 3, 3)",
    ),
    "more-features-than-a-network-has": (
        set_blob("conv1", 1, torch.ones(10**6)),
        MEMNET,
        "num_features must be at most 1000, got 1000000",
    ),
    "unshared-recursion": (
        set_value("conv02_02_b", 0, 7.0),
        MEMNET,
        "layers 'conv02_01_b' and 'conv02_02_b' differ, which MemNet shares",
    ),
    "unshared-reconstruction": (
        set_value("conv_end_02", 1, 7.0),
        MEMNET,
        "layers 'conv_end_01' and 'conv_end_02' differ, which MemNet shares",
    ),
    "negative-variance": (
        set_value("bn_conv1", 1, -1.0),
        MEMNET,
        "the statistics of layer 'bn_conv1' must be finite, no variance below 0",
    ),
    "tiny-factor": (
        set_value("bn_conv1", 2, 1e-45),
        MEMNET,
        "the statistics of layer 'bn_conv1' must be finite, no variance below 0",
    ),
}


@pytest.mark.parametrize(("edit", "content", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_damage_is_told(edit: Edit, content: str, reason: str, tmp_path: Path) -> None:
    net = caffemodel(random_memnet(SMALL))
    edit(net)
    with pytest.raises(InputError) as told:
        imported(tmp_path, net)
    sentence = str(told.value)
    assert sentence.startswith(f"{tmp_path / 'MemNet.caffemodel'} must hold {content}, but: ")
    assert sentence.endswith(f"{reason}; copy it again from where it came")


def test_another_network_is_told(tmp_path: Path) -> None:
    vdsr = NetParameter(name="VDSR")
    for index in range(1, 21):
        add(f"conv{index}", torch.ones(2, 2, 3, 3), torch.ones(2))(vdsr)
    with pytest.raises(
        InputError, match="the layers of MemNet, but: it lacks the layer 'HR_recovery'"
    ):
        imported(tmp_path, vdsr)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.caffemodel is missing: fetch"):
        memnet_official(tmp_path / "a.caffemodel")


def test_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="but: it is a folder or a device"):
        memnet_official(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.caffemodel")
    with pytest.raises(InputError, match="but: it is a folder or a device"):
        memnet_official(tmp_path / "a.caffemodel")


def test_a_file_too_large_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caffe, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="but: it has more than 1000 bytes"):
        imported(tmp_path, caffemodel(random_memnet(SMALL)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it has no layers"),
        (b"<!DOCTYPE html>" * 100, "it is cut short or of another format"),
        (bytes(4096), "it is cut short or of another format"),
        (b"\xa2\x06\x03\x0a\x01\xff", r"the layer name b'\\xff' is no text"),
    ],
    ids=["empty", "page", "zeros", "name"],
)
def test_another_file_is_told(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "a.caffemodel").write_bytes(content)
    with pytest.raises(InputError, match=f"a network in Caffe's format, but: {reason}"):
        memnet_official(tmp_path / "a.caffemodel")


def test_a_file_cut_anywhere_is_told(tmp_path: Path) -> None:
    net = caffemodel(random_memnet((1, 1, 2)))
    whole = net.SerializeToString()
    cuts = {*range(0, len(whole), len(whole) // 60), len(whole) - 1}
    while net.layer:  # between two layers, where what is left is a network too
        net.layer.pop()
        cuts.add(net.ByteSize())
    for kept in cuts:
        (tmp_path / "a.caffemodel").write_bytes(whole[:kept])
        with pytest.raises(InputError, match=r"must hold .*, but: it (is cut short|has no|lacks)"):
            memnet_official(tmp_path / "a.caffemodel")


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "a.caffemodel"


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300))
def test_random_bytes_are_told(content: bytes, target: Path) -> None:
    target.write_bytes(content)
    with pytest.raises(InputError):
        memnet_official(target)


WHOLE = caffemodel(random_memnet((1, 1, 2))).SerializeToString()


@settings(max_examples=100, deadline=None)
@given(position=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_is_told_or_harmless(position: int, byte: int, target: Path) -> None:
    target.write_bytes(WHOLE[:position] + bytes([byte]) + WHOLE[position + 1 :])
    try:
        network = memnet_official(target)
    except InputError as told:
        assert len(str(told).splitlines()) == 1
    else:
        assert all(tensor.isfinite().all() for tensor in network.state_dict().values())
