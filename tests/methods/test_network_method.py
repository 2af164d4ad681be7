"""A network as a method: what it is given of an seen."""

import numpy as np
import pytest
import torch

from memnet.errors import InputError
from memnet.inference.restore import restore
from memnet.methods.network import NetworkRestorer
from memnet.models.config import ArcnnConfig, LapsrnConfig, VdsrConfig
from memnet.models.lapsrn import Lapsrn
from memnet.models.network import build_network
from memnet.tasks.task import DegradedImage

CPU = torch.device("cpu")
RNG = np.random.default_rng(0)
LAPSRN = LapsrnConfig(scales=[2, 4], convs_per_level=1, num_features=2)


def degraded_image(level: int, size: tuple[int, int] = (24, 28)) -> DegradedImage:
    small = (size[0] // level, size[1] // level)
    return DegradedImage(
        RNG.random(size, np.float32), level, "tiny", "bird", 0, RNG.random(small, np.float32)
    )


@pytest.mark.parametrize("tile_core", [None, 5])
def test_a_plane_is_restored_as_a_whole_or_in_the_official_tiles(tile_core: int | None) -> None:
    torch.manual_seed(0)
    config = VdsrConfig(depth=16, num_features=2, initialization="official")  # sees 16 pixels far
    network = build_network(config).eval()
    seen = degraded_image(3, (60, 33))
    got = NetworkRestorer(network, tile_core, CPU)(seen)
    expected = restore(network, seen.plane, tile_core=tile_core, device=CPU)
    np.testing.assert_array_equal(got, expected)
    assert got.dtype == np.float32 and got.shape == (60, 33)


@pytest.mark.parametrize("tile_core", [None, 3])
@pytest.mark.parametrize("scale", [2, 4])
def test_lapsrn_enlarges_the_whole_low_resolution_image(scale: int, tile_core: int | None) -> None:
    torch.manual_seed(0)
    network = Lapsrn(LAPSRN).eval()
    seen = degraded_image(scale)
    got = NetworkRestorer(network, tile_core, CPU)(seen)
    with torch.inference_mode():
        expected = network.at_level(scale)(torch.from_numpy(seen.low_resolution)[None, None])
    np.testing.assert_array_equal(got, expected[0, 0].numpy())
    assert got.shape == seen.plane.shape


def test_weights_of_another_level_do_not_serve() -> None:
    with pytest.raises(InputError) as error:
        NetworkRestorer(Lapsrn(LAPSRN).eval(), None, CPU)(degraded_image(3))
    assert str(error.value) == (
        "level of Lapsrn must be one of 2, 4, which it has weights for, got 3"
    )
    arcnn = build_network(ArcnnConfig(qualities=[10, 20])).eval()
    with pytest.raises(InputError, match="must be one of 10, 20, which it has weights for, got 5"):
        NetworkRestorer(arcnn, None, CPU)(degraded_image(5))


def test_each_level_has_its_own_weights() -> None:
    torch.manual_seed(0)
    arcnn = build_network(ArcnnConfig(qualities=[10, 20])).eval()
    seen = degraded_image(10)
    method = NetworkRestorer(arcnn, None, CPU)
    assert not np.array_equal(method(seen), method(seen._replace(level=20)))
