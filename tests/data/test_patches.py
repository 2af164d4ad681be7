"""Training patches: their number, content, order and noise, against plain slicing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from memnet.data.pairs import PairFolder, write_pairs
from memnet.data.patches import PatchSampler, Planes, held_out, load_planes, patch_positions
from memnet.errors import InputError
from memnet.tasks import TASKS
from memnet.tasks.task import to_unit

RNG = np.random.default_rng(0)
IMAGES = {
    "a": RNG.integers(0, 256, (33, 40), dtype=np.uint8),
    "b": RNG.integers(0, 256, (26, 37), dtype=np.uint8),
    "c": RNG.integers(0, 256, (14, 90), dtype=np.uint8),  # lower than a patch: gives none
}
LEVELS = {"super_resolution": [2, 3], "denoising": [30, 70], "jpeg_deblocking": [10, 20]}
SIZE, STRIDE = 15, 9


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PairFolder]:
    made = {}
    for name, levels in LEVELS.items():
        folder = tmp_path_factory.mktemp(name)
        write_pairs(
            folder, TASKS[name], IMAGES.items(), dataset="tiny", levels=levels,
            seeds=[] if name == "denoising" else [0], codec=None,
        )  # fmt: skip
        made[name] = PairFolder(folder)
    return made


def source_of(folder: PairFolder, *, batch_size: int = 4, seed: int = 0) -> PatchSampler:
    planes = load_planes(folder, folder.images, folder.levels)
    return PatchSampler(
        planes, patch_size=SIZE, stride=STRIDE, batch_size=batch_size, seed=seed,
        device=torch.device("cpu"),
    )  # fmt: skip


def plain_patches(task: str) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """Every patch by its number: degraded, target, level."""
    out = []
    for plane in IMAGES.values():
        for level in LEVELS[task]:
            pair = TASKS[task].degrade(plane, level, seed=0)
            both = [to_unit(pair.degraded), to_unit(pair.target)]
            height, width = pair.target.shape
            for y in range(0, height - SIZE + 1, STRIDE):
                for x in range(0, width - SIZE + 1, STRIDE):
                    cut = [p[y : y + SIZE, x : x + SIZE] for p in both]
                    turned = [[np.rot90(p, k) for p in cut] for k in range(4)]
                    turned += [[np.fliplr(p) for p in pair] for pair in turned]
                    out += [(a, b, level) for a, b in turned]
    return out


# Number of patches


@given(side=st.integers(1, 90), size=st.integers(1, 40), stride=st.integers(1, 40))
def test_positions_are_those_of_a_loop(side: int, size: int, stride: int) -> None:
    positions = patch_positions(torch.tensor([side]), size, stride)
    assert positions.tolist() == [len(range(0, side - size + 1, stride))]


def num_patches(sizes: list[tuple[int, int]]) -> int:
    """Patches of 31 every 21 pixels at x2, x3 and x4, of images of these sizes."""
    cut = [(h // s * s, w // s * s) for h, w in sizes for s in (2, 3, 4)]
    heights, widths = torch.tensor(cut).T
    nothing = torch.zeros(len(cut), dtype=torch.int64)
    planes = Planes(torch.empty(0, dtype=torch.uint8), None, nothing, heights, widths, nothing)
    source = PatchSampler(
        planes, patch_size=31, stride=21, batch_size=64, seed=0, device=torch.device("cpu")
    )
    return source.num_patches


def sizes_in(folder: Path) -> list[tuple[int, int]]:
    return [Image.open(path).size[::-1] for path in folder.iterdir()]


def test_number_of_patches_of_one_bsd_image() -> None:
    # 321x481: (13 or 14 rows) x 22 columns by hand, three scales, eight orientations.
    assert num_patches([(321, 481)]) == 3 * 14 * 22 * 8 == 7392


@pytest.mark.mirror
def test_number_of_patches_of_the_paper(mirror: Path) -> None:
    # The Readme of the authors' training file counts 1,722,688: this number, cut to chunks of 64.
    t91 = sizes_in(mirror / "t91")
    bsd200 = sizes_in(mirror / "bsds500" / "train")
    assert (len(t91), len(bsd200)) == (91, 200)
    assert num_patches(t91) == 244_320
    assert num_patches(t91 + bsd200) == 1_722_720
    assert 1_722_720 // 64 * 64 == 1_722_688


# Content


@pytest.mark.parametrize("task", ["super_resolution", "jpeg_deblocking"])
def test_patches_are_slices_turned_and_flipped(folders: dict[str, PairFolder], task: str) -> None:
    source, expected = source_of(folders[task]), plain_patches(task)
    assert source.num_patches == len(expected)
    degraded, target = source.patches(torch.arange(len(expected)), noise_seed=0)
    assert degraded.shape == target.shape == (len(expected), 1, SIZE, SIZE)
    assert degraded.dtype == target.dtype == torch.float32
    for number, (a, b, _) in enumerate(expected):
        np.testing.assert_allclose(degraded[number, 0].numpy(), a, rtol=0, atol=1e-7)
        np.testing.assert_allclose(target[number, 0].numpy(), b, rtol=0, atol=1e-7)


def test_the_eight_orientations_differ(folders: dict[str, PairFolder]) -> None:
    _, target = source_of(folders["super_resolution"]).patches(torch.arange(8), noise_seed=0)
    assert len({patch.numpy().tobytes() for patch in target}) == 8


# Noise


def test_noise_has_the_sigma_of_its_level(folders: dict[str, PairFolder]) -> None:
    source, expected = source_of(folders["denoising"]), plain_patches("denoising")
    assert source.num_patches == len(expected)
    degraded, target = source.patches(torch.arange(len(expected)), noise_seed=0)
    clean = np.stack([b for _, b, _ in expected])
    np.testing.assert_allclose(target[:, 0].numpy(), clean, rtol=0, atol=1e-7)
    levels = np.array([level for *_, level in expected])
    noise = (degraded - target).numpy() * 255
    for level in LEVELS["denoising"]:
        draws = noise[levels == level]
        error = level / np.sqrt(draws.size)
        assert abs(draws.mean()) < 4 * error
        assert abs(draws.std() - level) < 4 * error
    assert degraded.min() < 0 and degraded.max() > 1  # not clipped


def test_noise_is_fresh_at_every_step_and_the_same_when_asked_again(
    folders: dict[str, PairFolder],
) -> None:
    source = source_of(folders["denoising"])
    noise = []
    for step in (0, 1, source.steps_per_epoch):
        degraded, target = source.batch(step)
        noise.append(degraded - target)
        again, _ = source_of(folders["denoising"]).batch(step)
        assert torch.equal(degraded, again)
    shapes = [draw / draw.std(dim=(1, 2, 3), keepdim=True) for draw in noise]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert torch.isclose(shapes[a], shapes[b], atol=1e-3).float().mean() < 0.01


# Order


def numbers_of(source: PatchSampler, epoch: int) -> list[int]:
    """Numbers that the batches of an epoch hold, as `patches` is asked for them."""
    seen: list[int] = []
    ask = source.patches
    source.patches = lambda numbers, *, noise_seed: (  # type: ignore[method-assign]
        seen.extend(numbers.tolist()),
        ask(numbers, noise_seed=noise_seed),
    )[1]
    for place in range(source.steps_per_epoch):
        source.batch(epoch * source.steps_per_epoch + place)
    source.patches = ask  # type: ignore[method-assign]
    return seen


def test_an_epoch_shows_every_patch_once(folders: dict[str, PairFolder]) -> None:
    source = source_of(folders["super_resolution"], batch_size=8)
    assert source.num_patches % 8 == 0
    orders = [numbers_of(source, epoch) for epoch in (0, 1)]
    for order in orders:
        assert sorted(order) == list(range(source.num_patches))
    assert orders[0] != orders[1] != sorted(orders[1])


def test_patches_that_fill_no_batch_are_left_out(folders: dict[str, PairFolder]) -> None:
    source = source_of(folders["super_resolution"], batch_size=7)
    left = source.num_patches % 7
    assert left > 0
    order = numbers_of(source, 0)
    assert len(set(order)) == len(order) == source.num_patches - left == 7 * source.steps_per_epoch


def test_the_order_depends_on_seed_and_epoch_only(folders: dict[str, PairFolder]) -> None:
    folder = folders["super_resolution"]
    first = source_of(folder)
    expected = [numbers_of(first, epoch) for epoch in (0, 1, 2)]
    torch.manual_seed(1)
    second = source_of(folder)
    assert [numbers_of(second, epoch) for epoch in (2, 0, 1)] == [expected[e] for e in (2, 0, 1)]
    assert numbers_of(source_of(folder, seed=1), 0) != expected[0]


def test_drawing_batches_leaves_the_global_generator(folders: dict[str, PairFolder]) -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    source_of(folders["denoising"]).batch(0)
    assert torch.equal(torch.rand(1), expected)


# Errors


def test_too_few_patches_for_a_batch(folders: dict[str, PairFolder]) -> None:
    num = source_of(folders["super_resolution"]).num_patches
    assert source_of(folders["super_resolution"], batch_size=num).steps_per_epoch == 1
    with pytest.raises(InputError) as error:
        source_of(folders["super_resolution"], batch_size=num + 1)
    assert str(error.value) == (
        f"the training set must hold at least one batch of {num + 1} patches of 15x15 pixels, "
        f"got {num}: add images, or lower batch_size, patch_size or stride"
    )


def test_no_images_at_all(folders: dict[str, PairFolder]) -> None:
    planes = load_planes(folders["super_resolution"], [], [2])
    with pytest.raises(InputError, match=r"at least one batch of 1 patches .*, got 0"):
        PatchSampler(
            planes, patch_size=8, stride=8, batch_size=1, seed=0, device=torch.device("cpu")
        )


def test_held_out_images_are_not_trained_on(folders: dict[str, PairFolder]) -> None:
    folder = folders["denoising"]
    assert held_out(folder, ["b"]) == (["a", "c"], ["b"])
    assert held_out(folder, []) == (["a", "b", "c"], [])
    with pytest.raises(InputError) as error:
        held_out(folder, ["a", "lena"])
    assert str(error.value).startswith("validation images must be among those of tiny (a, b, c")
    assert str(error.value).endswith("got 'lena'")
    with pytest.raises(InputError, match=r"^validation must leave images of tiny to train on$"):
        held_out(folder, ["c", "b", "a"])
