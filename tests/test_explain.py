"""Every variant against the library or closed form that it stands for, and the paper's row."""

from math import inf, log10
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image as PillowImage
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from memnet.data.pairing import cut_note
from memnet.errors import InputError
from memnet.explanation.degradations import degradations
from memnet.explanation.images import paired_files, read_pair
from memnet.explanation.scores import FULL_RANGE, MATLAB_GRAY, MATLAB_Y, Measure, scores
from memnet.explanation.variants import Explanation, Row, closest
from memnet.imaging.color import rgb_to_gray, rgb_to_y
from memnet.imaging.io import read_image, write_png
from memnet.imaging.listing import image_files
from memnet.imaging.metrics import psnr
from memnet.imaging.resize import imresize, modcrop
from memnet.tasks import TASKS
from memnet.tasks.task import Task, to_unit

RNG = np.random.default_rng(0)


def textured(*shape: int) -> np.ndarray:
    """Smooth noise with fine detail on it, uint8 away from both ends."""
    rough = RNG.normal(0, 300, shape)
    values = gaussian_filter(rough, (3, 3, 0)[: len(shape)]) + 0.05 * rough
    return np.clip(values + 128, 30, 225).astype(np.uint8)


def worsened(image: np.ndarray, sigma: float = 6) -> np.ndarray:
    return np.clip(image + RNG.normal(0, sigma, image.shape), 0, 255).round().astype(np.uint8)


TARGET = textured(60, 72, 3)
RESTORED = worsened(TARGET)
GREY = textured(48, 60)
GREY_RESTORED = worsened(GREY)
SR, NOISE, JPEG = TASKS["super_resolution"], TASKS["denoising"], TASKS["jpeg_deblocking"]
LEVEL = {SR.name: 3, NOISE.name: 30, JPEG.name: 10}
EVERY = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def row(explanation: Explanation, start: str) -> Row:
    """The one row whose name begins so."""
    (found,) = [row for row in explanation.rows if row.name.startswith(start)]
    return found


def score_rows(restored: np.ndarray, target: np.ndarray, task: Task = SR) -> Explanation:
    return scores([(restored, target)], task, LEVEL[task.name])


# Scores


@EVERY
@pytest.mark.parametrize(
    ("restored", "target"),
    [(RESTORED, TARGET), (GREY_RESTORED, GREY), (worsened(rgb_to_y(TARGET)), TARGET)],
    ids=["RGB", "grey", "plane"],
)
def test_the_first_row_alone_is_the_papers_and_what_the_suite_reports(
    task: Task, restored: np.ndarray, target: np.ndarray
) -> None:
    got = score_rows(restored, target, task).rows
    expected = task.score(to_unit(task.plane(restored)), task.plane(target), LEVEL[task.name])
    assert (got[0].psnr, got[0].ssim) == expected
    assert [row.the_papers for row in got] == [True] + [False] * (len(got) - 1)


@EVERY
def test_the_measure_that_others_vary_is_the_papers(task: Task) -> None:
    measure = Measure(MATLAB_GRAY if task is NOISE else MATLAB_Y, border=3 if task is SR else 0)
    first = score_rows(RESTORED, TARGET, task).rows[0]
    assert measure(RESTORED, TARGET) == pytest.approx((first.psnr, first.ssim), abs=1e-5)


def test_colours_are_those_of_the_libraries() -> None:
    np.testing.assert_array_equal(np.floor(MATLAB_Y.convert(TARGET) + 0.5), rgb_to_y(TARGET))
    np.testing.assert_array_equal(np.floor(MATLAB_GRAY.convert(TARGET) + 0.5), rgb_to_gray(TARGET))
    opencv = cv2.cvtColor(TARGET.astype(np.float32), cv2.COLOR_RGB2YCrCb)[..., 0]
    np.testing.assert_allclose(FULL_RANGE.convert(TARGET), opencv, atol=1e-3)
    pillow = np.array(PillowImage.fromarray(TARGET).convert("L"))
    np.testing.assert_allclose(FULL_RANGE.convert(TARGET), pillow, atol=0.51)


def test_full_range_luma_costs_the_ratio_of_the_ranges_where_the_channels_agree() -> None:
    # The weights of MATLAB's Y add up to 219 / 255, those of the other to 1.
    target, restored = (np.stack([grey] * 3, axis=-1) for grey in (GREY, GREY_RESTORED))
    got = score_rows(restored, target)
    cost = row(got, "full-range luma, not r").psnr - row(got, "MATLAB Y, not rounded").psnr
    assert cost == pytest.approx(-20 * log10(255 / 219), abs=1e-9)
    assert cost == pytest.approx(-1.32, abs=0.005)


def test_rgb_rows_equal_scikit_image() -> None:
    got = score_rows(RESTORED, TARGET)
    a, b = RESTORED[3:-3, 3:-3], TARGET[3:-3, 3:-3]
    rgb = row(got, "colour: RGB")
    assert rgb.psnr == pytest.approx(peak_signal_noise_ratio(b, a), abs=1e-9)
    expected = structural_similarity(
        a.astype(float), b.astype(float), data_range=255, channel_axis=2,
        gaussian_weights=True, use_sample_covariance=False,
    )  # fmt: skip
    assert rgb.ssim == pytest.approx(expected, abs=1e-9)
    default = row(got, "RGB, not cut")
    assert default.psnr == pytest.approx(peak_signal_noise_ratio(TARGET, RESTORED), abs=1e-9)
    expected = structural_similarity(RESTORED, TARGET, channel_axis=2)
    assert default.ssim == pytest.approx(expected, abs=1e-9)


def test_flavours_of_ssim_equal_their_definitions_and_leave_the_psnr() -> None:
    got = score_rows(RESTORED, TARGET)
    a, b = (rgb_to_y(image)[3:-3, 3:-3].astype(float) for image in (RESTORED, TARGET))

    def window(plane: np.ndarray) -> np.ndarray:
        """imfilter(x, fspecial('gaussian', 11, 1.5), 'replicate') of MATLAB's ssim."""
        return gaussian_filter(plane, 1.5, mode="nearest", radius=5)

    mean_a, mean_b, c1, c2 = window(a), window(b), 2.55**2, 7.65**2
    var_a, var_b = window(a * a) - mean_a**2, window(b * b) - mean_b**2
    covariance = window(a * b) - mean_a * mean_b
    over = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    under = (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
    assert row(got, "SSIM: whole map").ssim == pytest.approx((over / under).mean(), abs=1e-9)
    expected = structural_similarity(a, b, data_range=255)
    assert row(got, "SSIM: 7x7").ssim == pytest.approx(expected, abs=1e-9)
    for start in ("SSIM: whole map", "SSIM: 7x7"):
        assert row(got, start).psnr == pytest.approx(got.rows[0].psnr, abs=1e-9)


def test_border_rounding_and_range() -> None:
    got = score_rows(RESTORED, TARGET)
    a, b = rgb_to_y(RESTORED), rgb_to_y(TARGET)
    assert row(got, "border").psnr == psnr(a, b, data_range=255, border=0)
    span = int(np.ptp(b[3:-3, 3:-3]))
    cost = row(got, "range").psnr - got.rows[0].psnr
    assert cost == pytest.approx(20 * log10(span / 255), abs=1e-9)
    a, b = MATLAB_Y.convert(RESTORED), MATLAB_Y.convert(TARGET)
    assert row(got, "rounding").psnr == psnr(a, b, data_range=255, border=3)


@pytest.mark.parametrize("task", [NOISE, JPEG])
def test_tasks_without_a_border_have_no_rows_of_it(task: Task) -> None:
    names = [row.name for row in score_rows(RESTORED, TARGET, task).rows]
    assert not [name for name in names if "cut" in name]
    other = MATLAB_Y if task is NOISE else MATLAB_GRAY
    assert f"colour: {other.name}" in names


def test_grey_images_have_no_rows_of_colour_but_that_of_being_read_as_rgb() -> None:
    got = score_rows(GREY_RESTORED, GREY)
    assert [row.name.split(":")[0] for row in got.rows[1:]] == [
        "colour", "result", "border", "range", "SSIM", "SSIM",
    ]  # fmt: skip
    gain = row(got, "colour: grey read as RGB").psnr - got.rows[0].psnr
    assert gain == pytest.approx(20 * log10(255 / 219), abs=0.05)  # Y is rounded
    assert got.grey == got.images == 1
    assert not [row for row in score_rows(GREY_RESTORED, GREY, NOISE).rows if "colour" in row.name]


def test_a_grey_result_is_the_plane_of_its_rgb_target() -> None:
    got = score_rows(rgb_to_y(RESTORED), TARGET)
    assert got.planes == 1
    assert got.rows[0].psnr == score_rows(RESTORED, TARGET).rows[0].psnr
    assert [row.name for row in got.rows if "RGB" in row.name] == [
        "result: grey read as an RGB photo"
    ]
    dark, dark_restored = TARGET // 3, RESTORED // 3  # where the two ranges lie apart
    luma = np.floor(FULL_RANGE.convert(dark_restored) + 0.5).astype(np.uint8)
    told = score_rows(luma, dark)
    assert (
        row(told, "colour: full-range").psnr > told.rows[0].psnr + 10
    )  # which luma the file holds


def test_rows_are_means_over_images_of_both_kinds() -> None:
    pairs = [(RESTORED, TARGET), (GREY_RESTORED, GREY)]
    both = scores(pairs, SR, 3)
    single = [scores([pair], SR, 3).rows[0] for pair in pairs]
    assert both.rows[0].psnr == pytest.approx(np.mean([row.psnr for row in single]))
    assert (both.images, both.grey, both.planes) == (2, 1, 0)
    expected = (psnr(GREY_RESTORED, GREY, data_range=255, border=3)
                + row(scores(pairs[:1], SR, 3), "colour: RGB").psnr) / 2  # fmt: skip
    assert row(both, "colour: RGB").psnr == pytest.approx(expected)
    assert row(both, "colour: grey read as RGB").psnr > both.rows[0].psnr + 0.5
    of_grey = psnr(rgb_to_y(np.dstack([GREY_RESTORED] * 3)), GREY, data_range=255, border=3)
    expected = (of_grey + single[0].psnr) / 2
    assert row(both, "result: the same, of grey targets").psnr == pytest.approx(expected)


def test_a_flat_target_has_no_row_of_its_range() -> None:
    flat = np.full((40, 40), 99, np.uint8)
    assert not [row for row in score_rows(worsened(flat), flat).rows if "range:" in row.name]


def test_what_cannot_be_scored() -> None:
    with pytest.raises(InputError, match=r"^there must be at least 1 image to explain, got 0$"):
        scores([], SR, 3)
    with pytest.raises(InputError, match=r"^scale of super_resolution must be in \[2, 8\], got 9"):
        scores([(RESTORED, TARGET)], SR, 9)


# The number that was reported


def rows_of(*values: float) -> list[Row]:
    return [Row(str(n), "", value, 0.9, n == 0) for n, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "reported", "names"),
    [
        ((30.0, 28.6, 29.1), 28.7, "1"),
        ((30.0, 28.6, 29.1), 31.0, "0"),
        ((30.001, 28.6, 30.004), 30.0, "02"),  # all that are printed so
        ((30.0, 30.0, 29.1), 30.0, "0"),  # row 1 changes SSIM alone
        ((30.0, inf), 80.0, "0"),
    ],
)
def test_closest_rows(values: tuple[float, ...], reported: float, names: str) -> None:
    assert "".join(row.name for row in closest(rows_of(*values), reported)) == names


# Degradations


@EVERY
@pytest.mark.parametrize("image", [TARGET[:59, :70], GREY[:47, :59]], ids=["RGB", "grey"])
def test_the_papers_degradation_is_the_suites(task: Task, image: np.ndarray) -> None:
    got = degradations([image], task, LEVEL[task.name]).rows
    pair = task.degrade(task.plane(image), LEVEL[task.name], seed=0)
    expected = task.score(to_unit(pair.degraded), pair.target, LEVEL[task.name])
    assert (got[0].psnr, got[0].ssim) == expected
    assert [row.the_papers for row in got] == [True] + [False] * (len(got) - 1)


def test_resizes_are_those_of_the_libraries() -> None:
    got = degradations([TARGET], SR, 3)
    plane, size, small = rgb_to_y(TARGET), (72, 60), (24, 20)

    def expect(start: str, degraded: np.ndarray) -> None:
        assert row(got, start).psnr == SR.score(to_unit(degraded), plane, 3).psnr

    def pillow(image: np.ndarray) -> np.ndarray:
        resized = PillowImage.fromarray(image).resize(small, PillowImage.Resampling.BICUBIC)
        return np.array(resized.resize(size, PillowImage.Resampling.BICUBIC))

    def with_torch(antialias: bool) -> np.ndarray:
        batch = torch.from_numpy(plane / 255.0)[None, None]
        for side in (small, size):
            batch = torch.nn.functional.interpolate(
                batch, size=side[::-1], mode="bicubic", antialias=antialias
            )
        return batch[0, 0].numpy()

    opencv = cv2.resize(TARGET, small, interpolation=cv2.INTER_CUBIC)
    expect("library: OpenCV", rgb_to_y(cv2.resize(opencv, size, interpolation=cv2.INTER_CUBIC)))
    expect("library: Pillow BICUBIC, image", rgb_to_y(pillow(TARGET)))
    expect("library: Pillow BICUBIC, 8-bit Y", pillow(plane))
    expect("library: torch bicubic, antialias=True", with_torch(True))
    expect("library: torch bicubic, antialias=False", with_torch(False))
    expect("rounding", rgb_to_y(imresize(imresize(TARGET, 1 / 3, border="symmetric"), 3,
                                         border="symmetric")))  # fmt: skip
    expect("border", imresize(imresize(plane / 255.0, 1 / 3, border="replicate"), 3,
                              border="replicate"))  # fmt: skip


@pytest.mark.parametrize("scale", [3, 4])
def test_shrinking_with_aliasing_is_worse_and_anti_aliasing_is_matlabs(scale: int) -> None:
    got = degradations([textured(96, 96, 3)], SR, scale)
    matlab = got.rows[0].psnr
    assert row(got, "library: OpenCV").psnr < matlab - 0.3
    assert row(got, "library: torch bicubic, antialias=False").psnr < matlab - 0.3
    assert row(got, "library: torch bicubic, antialias=True").psnr == pytest.approx(matlab, abs=0.1)
    assert row(got, "library: Pillow BICUBIC, image").psnr == pytest.approx(matlab, abs=0.1)


def test_noise_that_reaches_no_end_is_not_changed_by_clipping() -> None:
    middle = np.full((64, 64), 128, np.uint8)
    got = degradations([middle], NOISE, 10)
    assert row(got, "clipping").psnr == got.rows[0].psnr
    # Rounding adds the variance of a uniform error, 1 / 12.
    expected = got.rows[0].psnr - 10 * log10(1 + 1 / 12 / 100)
    assert row(got, "rounding").psnr == pytest.approx(expected, abs=0.01)


def test_clipping_removes_noise_at_the_ends() -> None:
    ends = np.where(RNG.random((256, 256)) < 0.5, 0, 255).astype(np.uint8)
    got = degradations([ends], NOISE, 30)
    # Half of the noise is cut off: its power halves.
    assert row(got, "clipping").psnr - got.rows[0].psnr == pytest.approx(10 * log10(2), abs=0.1)


def test_encoders() -> None:
    got = degradations([TARGET], JPEG, 10)
    assert row(got, "library: Pillow").psnr == pytest.approx(got.rows[0].psnr, abs=0.01)
    luma = np.floor(FULL_RANGE.convert(TARGET) + 0.5).astype(np.uint8)
    expected = degradations([luma], JPEG, 10).rows[0].psnr
    assert row(got, "colour: full-range").psnr == expected
    full, halved = (row(got, f"colour: JPEG of RGB, {kind}").psnr for kind in ("4:4:4", "4:2:0"))
    assert full != halved


@pytest.mark.parametrize(("task", "number"), [(SR, 7), (NOISE, 3), (JPEG, 2)])
def test_grey_images_have_one_row_where_colour_made_two(task: Task, number: int) -> None:
    got = degradations([GREY], task, LEVEL[task.name])
    assert len(got.rows) == number
    assert (got.images, got.grey, got.planes) == (1, 1, 0)


def test_levels_that_a_task_has_not() -> None:
    with pytest.raises(InputError, match=r"^quality of jpeg_deblocking must be in \[1, 100\]"):
        degradations([GREY], JPEG, 0)


# Files


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with the images a, b and c, restored and target."""
    both = (tmp_path / "restored", tmp_path / "target")
    for folder, image in zip(both, (GREY_RESTORED, GREY), strict=True):
        for name in "abc":
            write_png(folder / f"{name}.png", image)
    return both


def test_folders_are_paired_by_name(folders: tuple[Path, Path]) -> None:
    restored, target = folders
    (target / "b.png").rename(target / "b.PNG")
    (restored / "c.png").rename(restored / "c_x2_SwinIR.png")
    (target / "readme.txt").touch()
    found = paired_files(restored, target, JPEG, 0)
    assert [(a.name, b.name) for a, b in found.pairs] == [
        ("a.png", "a.png"), ("b.png", "b.PNG"), ("c_x2_SwinIR.png", "c.png"),
    ]  # fmt: skip
    assert found.notes == ["Names: took c_x2_SwinIR.png as c."]
    assert paired_files(restored / "a.png", target / "b.PNG", JPEG, 0) == (
        [(restored / "a.png", target / "b.PNG")], None, [],
    )  # fmt: skip
    assert [file.name for file in image_files(target)] == ["a.png", "b.PNG", "c.png"]


def test_partners_that_are_missing_are_named(folders: tuple[Path, Path]) -> None:
    restored, target = folders
    (restored / "b.png").unlink()
    with pytest.raises(InputError, match=r"for each of the 3 of .*target, 1 is missing: b;"):
        paired_files(restored, target, JPEG, 0)
    with pytest.raises(InputError, match=r"nothing but .* \(a, c\), got b.png too"):
        paired_files(target, restored, JPEG, 0)


def test_names_that_say_nothing(folders: tuple[Path, Path], tmp_path: Path) -> None:
    restored, target = folders
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty must hold images .* got none"):
        image_files(tmp_path / "empty")
    with pytest.raises(InputError, match=r"^there must be an image or a folder of images at .*nix"):
        paired_files(restored, tmp_path / "nix", JPEG, 0)
    with pytest.raises(InputError, match="must be two files or two folders, got one of each"):
        paired_files(restored, target / "a.png", JPEG, 0)
    write_png(target / "a.bmp.png", GREY)
    (target / "a.bmp.png").rename(target / "a.bmp")
    with pytest.raises(InputError, match=r"target must hold one image of each name, got two of a$"):
        paired_files(restored, target, JPEG, 0)


def stored_pair(folder: Path, restored: np.ndarray, target: np.ndarray) -> tuple[Path, Path]:
    write_png(folder / "r.png", restored)
    write_png(folder / "t.png", target)
    return folder / "r.png", folder / "t.png"


def test_the_target_is_cut_as_the_paper_cuts_it(tmp_path: Path) -> None:
    files = stored_pair(tmp_path, worsened(TARGET[:56, :72]), TARGET[:59, :72])
    restored, target = read_pair(*files, SR, 8, None)
    np.testing.assert_array_equal(target, modcrop(TARGET[:59, :72], 8))
    assert restored.shape == target.shape == (56, 72, 3)


def test_targets_that_were_cut_to_multiples_of_twelve_are_cut_alike(tmp_path: Path) -> None:
    target = textured(47, 59, 3)
    files = stored_pair(tmp_path, worsened(target[:36, :48]), target)
    found = paired_files(*files, SR, 2)
    assert (found.step, found.notes) == (
        12, [cut_note(12)],
    )  # fmt: skip
    _, cut = read_pair(*files, SR, 2, found.step)
    np.testing.assert_array_equal(cut, target[:36, :48])


def test_targets_that_exif_turns_and_results_with_loss_are_told(tmp_path: Path) -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    PillowImage.fromarray(TARGET).save(tmp_path / "t.png", exif=exif)
    upright = np.rot90(TARGET, -1)
    PillowImage.fromarray(worsened(upright)).save(tmp_path / "r.jpg", quality=95)
    files = tmp_path / "r.jpg", tmp_path / "t.png"
    assert paired_files(*files, JPEG, 0).notes == [
        "Saved with loss: r.jpg. The loss is part of these scores; PNG has none.",
        "Targets turned upright, as their EXIF orientation says: t.png.",
    ]
    np.testing.assert_array_equal(read_pair(*files, JPEG, 0, None)[1], upright)
    write_png(tmp_path / "same.png", np.ascontiguousarray(upright))
    with pytest.raises(
        InputError, match=r"same pixels in .*t\.png, turned upright as its EXIF ori"
    ):
        read_pair(tmp_path / "same.png", files[1], JPEG, 0, None)


@pytest.mark.parametrize("task", [SR, JPEG])
def test_grey_in_three_channels_has_a_row_that_names_it(tmp_path: Path, task: Task) -> None:
    """A luminance plane saved as RGB, for an RGB target, and grey saved as RGB for a grey one."""
    level, border = (3, 3) if task is SR else (0, 0)
    luminance = rgb_to_y(RESTORED)
    for plane, target in ((luminance, TARGET), (GREY_RESTORED, GREY)):
        pair = read_pair(*stored_pair(tmp_path, np.dstack([plane] * 3), target), task, level, None)
        got = scores([pair], task, level)
        y = target if target.ndim == 2 else rgb_to_y(target)
        assert got.rows[0].psnr == pytest.approx(psnr(plane, y, data_range=255, border=border))
        wrong = rgb_to_y(np.dstack([plane] * 3))
        told = row(got, "result: grey read as an RGB photo")
        assert told.psnr == pytest.approx(psnr(wrong, y, data_range=255, border=border))


def test_grey_stored_as_rgb_is_grey_for_a_grey_target(tmp_path: Path) -> None:
    files = stored_pair(tmp_path, np.stack([GREY_RESTORED] * 3, axis=-1), GREY)
    restored, _ = read_pair(*files, JPEG, 0, None)
    np.testing.assert_array_equal(restored, GREY_RESTORED)


@pytest.mark.parametrize(
    ("restored", "target", "task", "sentence"),
    [
        (TARGET[:58], TARGET[:59], SR, r"got 72x58 .* and 72x59 in .*t\.png; cut for scale 2 it "
         r"would have that: is --scale right\?$"),
        (TARGET[:59, :70], TARGET, SR, r"and 72x60 in .*t\.png; the paper cuts the target to 72x60 "
         r"for scale 3$"),
        (TARGET[:59, :59], TARGET[:59, :36], SR, r"t\.png$"),
        (TARGET[:36, :60], TARGET[:60, :36], JPEG, r"turn it by 90 degrees: its target is upright"),
        (TARGET[:50], TARGET[:59], SR, r"got 72x50 in .*r\.png and 72x59 in .*t\.png$"),
        (TARGET[:57], TARGET[:59], JPEG, r"got 72x57 in .*r\.png and 72x59 in .*t\.png$"),
        (TARGET, TARGET, SR, "^restored and target must differ, got the same pixels in"),
        (TARGET, TARGET[..., 0], SR, "^restored must be grey where its target is grey, got colour"),
        (TARGET[:31], TARGET[:31], SR, "^image must be at least 32x32 pixels, got 72x31"),
    ],
)  # fmt: skip
def test_pairs_that_do_not_compare(
    tmp_path: Path, restored: np.ndarray, target: np.ndarray, task: Task, sentence: str
) -> None:
    files = stored_pair(tmp_path, restored, target)
    with pytest.raises(InputError, match=sentence):
        read_pair(*files, task, 3 if task is SR else 0, None)


# The facts on the real images


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("scale", "published"),
    # MemNet (ICCV 2017), Table 4, column Bicubic, Set5.
    [(2, 33.66), (4, 28.42)],
)
def test_the_variants_on_set5(mirror: Path, scale: int, published: float) -> None:
    images = [read_image(file, min_side=32) for file in image_files(mirror / "set5")]
    inputs = degradations(images, SR, scale)
    first = inputs.rows[0].psnr
    assert first == pytest.approx(published, abs=0.01)
    assert row(inputs, "border").psnr == pytest.approx(first, abs=0.002)
    assert -0.025 < row(inputs, "library: Pillow BICUBIC, image").psnr - first < -0.003
    assert abs(row(inputs, "library: OpenCV").psnr - first) > 0.7

    cut = [modcrop(image, scale) for image in images]
    restored = [
        imresize(imresize(image, 1 / scale, border="symmetric"), scale, border="symmetric")
        for image in cut
    ]
    measured = scores(zip(restored, cut, strict=True), SR, scale)
    paper = measured.rows[0].psnr
    assert paper == row(inputs, "rounding").psnr
    assert -1.9 < row(measured, "colour: RGB").psnr - paper < -1.7
    assert row(measured, "colour: full-range").psnr - paper == pytest.approx(-1.31, abs=0.02)
    assert 0 < row(measured, "border").psnr - paper < 0.015
    assert 0.004 < row(measured, "rounding").psnr - paper < 0.04


@pytest.mark.mirror
def test_the_jpeg_row_of_classic5_does_not_depend_on_the_library(mirror: Path) -> None:
    images = (read_image(file, min_side=32) for file in image_files(mirror / "classic5"))
    ours, pillow = degradations(images, JPEG, 10).rows
    # MemNet (ICCV 2017), Table 5, column JPEG.
    assert (ours.psnr, ours.ssim) == (
        pytest.approx(27.82, abs=0.01),
        pytest.approx(0.7595, abs=2e-4),
    )
    assert pillow.psnr == pytest.approx(ours.psnr, abs=0.001)
