"""Images that were restored elsewhere: which files are taken, and what a wrong one is told."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from memnet.data.pairs import PairFolder, write_pairs
from memnet.errors import InputError
from memnet.imaging.io import write_png
from memnet.methods.images import ImagesRestorer, Key, level_folder, match_images
from memnet.tasks import TASKS
from memnet.tasks.task import DegradedImage, to_unit

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (36, 42), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (36, 42, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("task", "level", "seed", "folder"),
    [
        ("super_resolution", 3, 0, "set5/x3"),
        ("jpeg_deblocking", 10, 0, "set5/q10"),
        ("denoising", 30, 0, "set5/s30/seed0"),
        ("denoising", 30, 2, "set5/s30/seed2"),
    ],
)
def test_where_images_lie(task: str, level: int, seed: int, folder: str) -> None:
    assert level_folder(task, "set5", level, seed) == Path(folder)


# Names


@pytest.fixture
def touch(tmp_path: Path) -> Callable[..., Path]:
    """Folder with empty files of the given names."""

    def touched(*names: str) -> Path:
        folder = tmp_path / "x3"
        folder.mkdir()
        for name in names:
            (folder / name).touch()
        return folder

    return touched


def test_files_are_found_by_their_names(touch: Callable[..., Path]) -> None:
    folder = touch("head.BMP", "bird.png", "a b'\".c.jpeg", "notes.txt", "._bird.png", "bird")
    found = match_images(folder, ["bird", "head", "a b'\".c"], "tiny").files
    assert list(found) == ["bird", "head", "a b'\".c"]  # in the order of the dataset
    assert [path.name for path in found.values()] == ["bird.png", "head.BMP", "a b'\".c.jpeg"]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (["a.png"], "must hold an image for each of the 5 of tiny, 4 are missing: b, c, d, e; name "
         "each file after its image"),
        (["a.png", "b.png", "c.png", "d.png"],
         "must hold an image for each of the 5 of tiny, 1 is missing: e; name each file after its "
         "image"),
        (["a.png", "b.png", "c.png", "mean.png", "f_x3.png"],
         "must hold an image for each of the 5 of tiny, 2 are missing: d, e, but it has f_x3.png, "
         "mean.png; name each file after its image"),
        (["c.png", "d.png", "x_a_b.png", "e.heic"],  # of a, or of b?
         "must hold an image for each of the 5 of tiny, 3 are missing: a, b, e, but it has "
         "x_a_b.png; name each file after its image; HEIC is not read here, got {}/e.heic; convert "
         "it to PNG"),
        ([*(f"{name}.png" for name in "abcde"), "mean.png"],
         "must hold nothing but the images of tiny (a, b, c, d, e), got mean.png too: remove what "
         "does not belong"),
        (["a.png", "b.bmp", "b.png", "c.png", "d.png", "e.png"],
         "must hold one file per image, got b.bmp and b.png for b: remove one"),
        (["a_x2.png", "a_x3.png", "b.png", "c.png", "d.png", "e.png"],
         "must hold one file per image, got a_x2.png and a_x3.png for a: remove one"),
    ],
)  # fmt: skip
def test_another_set_of_files_is_refused(
    touch: Callable[..., Path], files: list[str], sentence: str
) -> None:
    folder = touch(*files)
    with pytest.raises(InputError) as error:
        match_images(folder, list("abcde"), "tiny")
    assert str(error.value) == f"{folder} {sentence.format(folder)}"


@pytest.mark.parametrize("make", [lambda path: None, Path.touch])
def test_what_is_no_folder_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "out")
    with pytest.raises(InputError) as error:
        match_images(tmp_path / "out", ["a"], "tiny")
    assert (
        str(error.value) == f"{tmp_path / 'out'} must be a folder with the restored images of tiny"
    )


# Pixels


def restorer(path: Path, task: str, level: int) -> ImagesRestorer:
    return ImagesRestorer({Key("tiny", level, 0, "bird"): path}, task)


def degraded_image(level: int, degraded: np.ndarray | None = None) -> DegradedImage:
    """Of a grey image, if nothing else is said."""
    plane = to_unit(GREY if degraded is None else degraded)
    return DegradedImage(plane, level, "tiny", "bird", 0, None)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("image", [GREY, COLOUR], ids=["grey", "RGB"])
def test_an_image_becomes_the_plane_that_its_task_scores(
    tmp_path: Path, task: str, image: np.ndarray
) -> None:
    write_png(tmp_path / "bird.png", image)
    expected = image if image.ndim == 2 else TASKS[task].plane(image)
    got = restorer(tmp_path / "bird.png", task, 3)(degraded_image(3, expected))
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, to_unit(expected))


def test_each_level_and_seed_has_its_own_file(tmp_path: Path) -> None:
    files = {}
    for value, (level, seed) in enumerate([(30, 0), (30, 1), (50, 0)]):
        key = Key("tiny", level, seed, "bird")
        files[key] = tmp_path / f"{value}.png"
        write_png(files[key], np.full((36, 42), value, np.uint8))
    method = ImagesRestorer(files, "denoising")
    values = [method(degraded_image(k.level)._replace(seed=k.seed))[0, 0] * 255 for k in files]
    np.testing.assert_allclose(values, [0, 1, 2])


@pytest.mark.parametrize(
    ("task", "size", "hint"),
    [  # height, width
        ("super_resolution", (36, 43), "cut it at the bottom and right"),
        ("super_resolution", (38, 44), "cut it at the bottom and right"),
        ("super_resolution", (39, 42), "restore it at that size"),  # cut by 2 pixels at most
        ("super_resolution", (12, 14), "restore it at that size"),
        ("super_resolution", (42, 36), "turn it by 90 degrees: its target is upright, an EXIF "
         "orientation being applied"),
        ("super_resolution", (36, 36), "its target seems to have been cut to multiples of 9: "
         "`memnet score` cuts the targets alike if all results are so; else restore it at that "
         "size"),
        ("super_resolution", (35, 44), "restore it at that size"),
        ("jpeg_deblocking", (36, 44), "restore it at that size"),  # its targets are not cut
    ],
)  # fmt: skip
def test_another_size_is_told_with_its_remedy(
    tmp_path: Path, task: str, size: tuple[int, int], hint: str
) -> None:
    path = tmp_path / "bird.png"
    write_png(path, np.zeros(size, np.uint8))
    with pytest.raises(InputError) as error:
        restorer(path, task, 3)(degraded_image(3))
    assert str(error.value) == (
        f"{path} must have 42x36 pixels like its target, got {size[1]}x{size[0]}: {hint}"
    )


@pytest.mark.parametrize("mode", ["RGBA", "LA", "1", "CMYK"])
def test_another_kind_of_image_is_told(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("bird.tif" if mode == "CMYK" else "bird.png")
    Image.new(mode, (42, 36)).save(path)
    with pytest.raises(InputError) as error:
        restorer(path, "super_resolution", 3)(degraded_image(3))
    assert str(error.value) == (
        f'image must be 8-bit grey or RGB, got "{mode}" in {path}; convert it first and save it '
        "as PNG"
    )


def test_every_file_is_opened_before_the_first_is_scored(tmp_path: Path) -> None:
    planes = {"bird": GREY, "head": GREY}
    write_pairs(
        tmp_path, TASKS["super_resolution"], planes.items(), dataset="tiny", levels=[2, 4],
        seeds=[0], codec=None,
    )  # fmt: skip
    pairs = PairFolder(tmp_path)
    files = {}
    for level in (2, 4):
        for image in planes:
            key = Key("tiny", level, 0, image)
            files[key] = tmp_path / f"{image}{level}.png"
            target = pairs.load(image).pair(level, 0).target
            write_png(files[key], target)
    method = ImagesRestorer(files, "super_resolution")
    method.check(pairs)
    write_png(files[key], GREY)  # 36x42, but 36x40 at x4
    with pytest.raises(InputError, match=r"head4.png must have 40x36 pixels .*, got 42x36: cut"):
        method.check(pairs)
    files[key].write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match=r"head4.png"):
        method.check(pairs)
