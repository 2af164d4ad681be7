"""Restoring a plane as a whole and in tiles."""

import numpy as np
import pytest
import torch

from memnet.errors import InputError
from memnet.inference.restore import restore
from memnet.models.config import MemNetConfig, VdsrConfig
from memnet.models.network import Network, build_network

CPU = torch.device("cpu")
PLANE = np.random.default_rng(0).random((45, 70), dtype=np.float32)


def vdsr(depth: int) -> Network:
    """A network that sees `depth` pixels to each side."""
    torch.manual_seed(0)
    config = VdsrConfig(depth=depth, num_features=4, initialization="official")
    return build_network(config).eval()


def test_whole_is_the_network_itself() -> None:
    network = vdsr(4)
    got = restore(network, PLANE, tile_core=None, device=CPU)
    with torch.no_grad():
        expected = network(torch.from_numpy(PLANE)[None, None])[0, 0].numpy()
    assert got.dtype == np.float32 and got.shape == PLANE.shape
    np.testing.assert_array_equal(got, expected)
    assert (np.abs(got - PLANE) > 0.01).mean() > 0.5  # it does something


def test_tiles_equal_the_whole_where_the_context_suffices() -> None:
    network = vdsr(16)  # sees 16 pixels to each side, as the context has
    whole = restore(network, PLANE, tile_core=None, device=CPU)
    tiled = restore(network, PLANE, tile_core=10, device=CPU)  # 2 x 3 tiles
    np.testing.assert_allclose(tiled, whole, rtol=0, atol=1e-5)


def test_tiles_differ_near_seams_where_it_does_not() -> None:
    network = vdsr(19)
    whole = restore(network, PLANE, tile_core=None, device=CPU)
    tiled = restore(network, PLANE, tile_core=10, device=CPU)
    different = np.abs(tiled - whole) > 1e-5
    assert different.any()
    columns = different[:20].any(axis=0)  # cores end at columns 24 and 48; the rows at 23
    assert columns[21:27].any()
    assert not columns[:20].any() and not columns[30:44].any()


def test_an_image_of_one_tile_is_restored_whole() -> None:
    network = vdsr(19)
    np.testing.assert_array_equal(
        restore(network, PLANE, tile_core=150, device=CPU),
        restore(network, PLANE, tile_core=None, device=CPU),
    )


def test_memnet_is_restored_without_gradients_and_unchanged() -> None:
    torch.manual_seed(0)
    config = MemNetConfig(
        num_memory_blocks=2, num_recursions=1, num_features=4, multi_supervised=True,
        long_term=True, short_term=True, initialization="zero_residual",
    )  # fmt: skip
    network = build_network(config).eval()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    got = restore(network, PLANE[:, ::-1], tile_core=None, device=CPU)
    np.testing.assert_allclose(got, PLANE[:, ::-1], rtol=0, atol=1e-6)  # the identity at first
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name


@pytest.mark.parametrize("tile_core", [None, 10])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_output_must_be_finite(tile_core: int | None, value: float) -> None:
    network = vdsr(3)
    with torch.no_grad():
        network.convs[-1].bias.fill_(value)  # type: ignore[union-attr]
    with pytest.raises(InputError) as error:
        restore(network, PLANE, tile_core=tile_core, device=CPU)
    assert str(error.value) == (
        "the network's output must be finite, got NaN or infinity: train it anew"
    )
