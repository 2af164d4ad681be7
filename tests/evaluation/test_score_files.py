"""Results as other code saves them: grey in three channels, cut targets, names, loss, floats."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from memnet.data.adding import add_dataset
from memnet.data.catalog import load_catalog
from memnet.evaluation.score import Score, score_folder, score_method
from memnet.imaging.io import write_png
from memnet.imaging.resize import modcrop
from memnet.imaging.rounding import to_uint8
from memnet.imaging.unrounded import write_plane
from memnet.tasks import TASKS
from memnet.tasks.task import to_unit
from tests.projects import make_project, smooth_image

OUT = Path("out")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the dataset `mixed`: an RGB, a grey, and a grey image stored as RGB."""
    folder = make_project(tmp_path, monkeypatch)
    grey = smooth_image(2)[..., 0]
    for name, image in (("rgb", smooth_image(1)), ("grey", grey), ("man", np.dstack([grey] * 3))):
        write_png(Path("mixed") / f"{name}.png", image)
    add_dataset(
        "mixed", Path("mixed"), load_catalog(), role="test", title="mixed", licence="none",
        citation="none", progress=lambda *_: None,
    )  # fmt: skip
    return folder


def inputs(what: Score, change: Callable[[np.ndarray], np.ndarray] = np.asarray) -> None:
    """Write the degraded planes of `mixed`, each as `change` stores it."""
    task = TASKS[what.task]
    for name in ("rgb", "grey", "man"):
        with Image.open(f"mixed/{name}.png") as image:
            pair = task.degrade(task.plane(np.array(image)), what.level, seed=what.seed)
        write_png(OUT / f"{name}.png", change(to_uint8(255 * to_unit(pair.degraded))))


def three(plane: np.ndarray) -> np.ndarray:
    return np.dstack([plane] * 3)


def nearly(plane: np.ndarray) -> np.ndarray:
    """Three channels, as a way through another colour space leaves them."""
    return np.dstack([plane, plane, np.where(plane % 3, plane, plane | 1)]).astype(np.uint8)


X3 = Score("super_resolution", "mixed", 3, 0)
JPEG = Score("jpeg_deblocking", "mixed", 10, 0)


@pytest.mark.parametrize("what", [X3, JPEG], ids=lambda what: what.task)
@pytest.mark.parametrize("change", [np.asarray, three, nearly])
def test_a_plane_is_a_plane_in_any_number_of_channels(
    here: Path, what: Score, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    inputs(what, change)
    got = score_folder(what, OUT)
    assert list(got.rows.psnr) == list(got.inputs.psnr)
    kind = "Grey results, read as the very plane that is scored: man, rgb."
    if change is not np.asarray:
        kind = "Grey in three equal channels, read as the one plane that is scored: grey, man, rgb."
    assert got.notes == [kind]


def test_colour_beside_grey_photos_is_read_image_by_image(here: Path) -> None:
    """As networks for RGB save Set14: bridge is grey there, man grey stored as RGB."""
    shutil.copytree("mixed", OUT)
    write_png(OUT / "grey.png", three(smooth_image(2)[..., 0]))
    got = score_folder(JPEG, OUT)
    assert (got.rows.psnr > 100).all()  # they are the targets
    assert got.notes == [
        "Grey in three equal channels, read as the one plane that is scored: grey.",
        "Grey results, read as photos and converted to luminance before scoring: man.",
    ]


def test_results_of_cut_targets_are_scored_against_targets_cut_alike(here: Path) -> None:
    task = TASKS[X3.task]
    for name in ("rgb", "grey", "man"):
        with Image.open(f"mixed/{name}.png") as image:
            cut = modcrop(task.plane(np.array(image)), 12)
        write_png(Path("cut") / f"{name}.png", cut)
        write_png(OUT / f"{name}.png", to_uint8(255 * task.degrade(cut, 3, seed=0).degraded))
    add_dataset(
        "cut", Path("cut"), load_catalog(), role="test", title="cut", licence="none",
        citation="none", progress=lambda *_: None,
    )  # fmt: skip
    got, expected = score_folder(X3, OUT), score_folder(X3._replace(dataset="cut"), OUT)
    assert list(got.rows.psnr) == list(expected.rows.psnr) == list(got.inputs.psnr)
    assert got.notes[-1] == (
        "The targets were cut to multiples of 12, as the results are: these are not the images of "
        "the paper's tables."
    )


def test_names_loss_and_turned_targets_are_told(here: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Path("turned").mkdir()
    Image.fromarray(smooth_image(1)).save("turned/a_GT.png", exif=exif)
    add_dataset(
        "turned", Path("turned"), load_catalog(), role="test", title="turned", licence="none",
        citation="none", progress=lambda *_: None,
    )  # fmt: skip
    OUT.mkdir()
    with Image.open("turned/a_GT.png") as image:
        ImageOps.exif_transpose(image).save("out/a_x2_SR.jpg", quality=95)
    got = score_folder(Score("jpeg_deblocking", "turned", 20, 0), OUT)
    assert got.rows.psnr[0] > 35
    assert got.notes == [
        "Names: took a_x2_SR.jpg as a_GT.",
        "Saved with loss: a_x2_SR.jpg. The loss is part of these scores; PNG has none.",
        "Targets turned upright, as their EXIF orientation says: a_GT.",
    ]


@pytest.mark.parametrize(
    ("plane", "sentence"),
    [
        (np.full((47, 56), np.nan, np.float32), "out/rgb.npy must hold finite values, got NaN"),
        (np.zeros((47, 56, 3), np.float32), "out/rgb.npy must hold one plane (height, width)"),
        (
            np.zeros((47, 56), np.uint16),
            "out/rgb.npy must hold one plane (height, width) of floats",
        ),
        (
            np.array([{}]),
            "out/rgb.npy must be a NumPy array of numbers saved by numpy.save, but it is something",
        ),
        (np.full((47, 56), 100, np.float32), "out/rgb.npy must be in units of 255 = 1, got values"),
    ],
)
def test_floats_that_are_no_plane_are_told(here: Path, plane: np.ndarray, sentence: str) -> None:
    inputs(JPEG)
    (OUT / "rgb.png").unlink()
    np.save(OUT / "rgb.npy", plane, allow_pickle=True)
    with pytest.raises(ValueError, match="^" + sentence.replace("(", r"\(").replace(")", r"\)")):
        score_folder(JPEG, OUT)


# The right values of real images. The sources of the published ones stand in memnet/published.


@pytest.fixture
def real(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, to score real images in."""
    monkeypatch.setenv("MEMNET_MIRROR", str(mirror.resolve()))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_real_inputs(what: Score, change: Callable[[np.ndarray], np.ndarray]) -> None:
    from memnet.data.fetch import fetched_folder
    from memnet.data.planes import dataset_planes

    catalog, task = load_catalog(), TASKS[what.task]
    folder = fetched_folder(what.dataset, catalog)
    for name, plane in dataset_planes(catalog, what.dataset, folder, task):
        pair = task.degrade(plane, what.level, seed=what.seed)
        write_png(OUT / f"{name}.png", change(to_uint8(255 * to_unit(pair.degraded))))


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("what", "psnr"),
    [  # the degraded inputs' published means
        (Score("super_resolution", "set5", 2, 0), 33.66),
        (Score("super_resolution", "set14", 4, 0), 26.00),
        (Score("jpeg_deblocking", "classic5", 10, 0), 27.82),
    ],
    ids=lambda value: value.dataset if isinstance(value, Score) else str(value),
)
def test_published_means_of_planes_saved_as_rgb(real: Path, what: Score, psnr: float) -> None:
    write_real_inputs(what, three)
    got = score_folder(what, OUT)
    assert got.rows.psnr.mean() == pytest.approx(psnr, abs=0.005)
    assert list(got.rows.psnr) == list(got.inputs.psnr)
    if what.dataset == "set14":
        assert float(got.rows.psnr[got.rows.image == "bridge"].iloc[0]) == pytest.approx(
            23.15, abs=5e-3
        )


@pytest.mark.mirror
def test_pack_cut_to_multiples_of_twelve(real: Path) -> None:
    """Bicubic by Pillow, measured on the cut pack as a dataset of its own: 33.62 dB."""
    from memnet.data.fetch import fetched_folder

    folder = fetched_folder("set5", load_catalog())
    OUT.mkdir()
    for path in folder.iterdir():
        with Image.open(path) as image:
            width, height = (side - side % 12 for side in image.size)
            cut = image.crop((0, 0, width, height))
            small = cut.resize((width // 2, height // 2), Image.Resampling.BICUBIC)
            small.resize((width, height), Image.Resampling.BICUBIC).save(OUT / f"{path.stem}.png")
    got = score_folder(Score("super_resolution", "set5", 2, 0), OUT)
    assert got.rows.psnr.mean() == pytest.approx(33.62, abs=0.005)


@pytest.mark.mirror
@pytest.mark.slow
def test_noise_in_floats_then_restored_elsewhere_scores_as_the_pipeline(real: Path) -> None:
    from memnet.data.fetch import fetched_folder
    from memnet.data.planes import dataset_planes
    from memnet.inference.engine import fastest_engine
    from memnet.inference.restore import restore
    from memnet.results.networks import RELEASED, read_network
    from memnet.seeding import choose_device

    what = Score("denoising", "s14", 70, 0)
    catalog, task, device = load_catalog(), TASKS["denoising"], choose_device("cpu")
    network = fastest_engine(read_network(RELEASED / "memnet-small-denoise"), device).module
    folder = fetched_folder("s14", catalog)
    for name, plane in dataset_planes(catalog, "s14", folder, task):
        noisy = task.degrade(plane, 70, seed=0).degraded
        restored = restore(network, noisy, tile_core=None, device=device)
        write_plane(OUT / f"{name}.tiff", restored)
    elsewhere = score_folder(what, OUT).rows.psnr
    inside = score_method(what, "memnet-small-denoise", whole=True, parallel=False).rows.psnr
    assert list(elsewhere) == pytest.approx(list(inside), abs=1e-6)  # of another memory layout
    assert elsewhere.mean() == pytest.approx(24.17, abs=0.005)
