"""`memnet restore`: which files it takes, where results go, and what it refuses before it works."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from memnet.cli import restore as command
from memnet.cli.photos import goal_paths, photo_paths
from memnet.errors import InputError
from memnet.imaging.photo import Photo, read_photo, write_photo
from memnet.imaging.unrounded import read_plane_or_image, write_plane
from memnet.methods import networks
from memnet.methods.networks import NamedNetwork
from memnet.models.config import VdsrConfig
from memnet.models.network import build_network

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (20, 24, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (20, 24), dtype=np.uint8)
ALPHA = RNG.integers(0, 256, (20, 24), dtype=np.uint8)
TRAINED = {"denoising": [15, 25, 50], "super_resolution": [2, 3, 4], "jpeg_deblocking": [10, 20]}
SMOOTH = np.uint8(np.add.outer(3 * np.arange(64), 2 * np.arange(96))[..., None] * (0.6, 0.5, 0.4))
APP = typer.Typer()
APP.command()(command.restore)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str | None, str]]:
    """What networks were asked for; the one that is found returns its input."""
    calls: list[tuple[str | None, str]] = []

    def find_network(name: str | None, task: str, layout: str | None) -> NamedNetwork:
        calls.append((name, task))
        config = VdsrConfig(depth=3, num_features=2, initialization="zero_residual")
        network = build_network(config).eval()
        network.trained_for = {task: TRAINED[task]}  # type: ignore[dict-item]
        return NamedNetwork("same", network)

    monkeypatch.setattr(networks, "find_network", find_network)
    return calls


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: object) -> Path:
    """The working folder, which holds some photos."""
    monkeypatch.chdir(tmp_path)
    for name, pixels, alpha in (
        ("a.png", COLOUR, None), ("b.tif", GREY, ALPHA), ("sub/c.png", GREY, None)
    ):  # fmt: skip
        write_photo(Path("photos") / name, Photo(pixels, alpha, None))
    Path("photos/notes.txt").write_text("Norway")
    Path("photos/._a.png").write_text("what a Mac leaves behind")
    return tmp_path


def run(*arguments: str) -> str:
    """Output of the command; its error is raised."""
    result = CliRunner().invoke(APP, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def failed(*arguments: str) -> tuple[str, list[str]]:
    """Standard output of the command, and the lines of its errors, when it ends with 1."""
    result = CliRunner().invoke(APP, arguments)
    assert result.exit_code == 1, result.output
    return result.stdout, result.stderr.splitlines()


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


DENOISE = ("--task", "denoising", "--sigma", "25", "--device", "cpu")


def test_one_photo_to_one_file(here: Path, asked: list) -> None:
    said = run("photos/a.png", *DENOISE, "--method", "mine", "-o", "new/out.png")
    np.testing.assert_array_equal(read_photo("new/out.png").pixels, COLOUR)
    assert said.endswith("1 restored by same: new/out.png\n")
    assert "restore: 100% a.png (1 of 1)" in said
    assert asked == [("mine", "denoising")]


def test_what_is_there_already_is_kept(here: Path, asked: list) -> None:
    other = np.zeros_like(COLOUR)
    write_photo(Path("out/a.png"), Photo(other, None, None))
    said = run("photos", *DENOISE, "-o", "out")
    assert "out/a.png: already there and kept; --overwrite restores again\n" in said
    assert said.endswith("1 restored by same: out/b.png\n")
    np.testing.assert_array_equal(read_photo("out/a.png").pixels, other)
    said = run("photos", *DENOISE, "-o", "out")
    assert said == "2 files in out: already there and kept; --overwrite restores again\n"
    said = run("photos", *DENOISE, "-o", "out", "--overwrite")
    assert said.endswith("2 restored by same: out\n")
    np.testing.assert_array_equal(read_photo("out/a.png").pixels, COLOUR)


def test_what_is_there_and_is_no_result_is_told(here: Path) -> None:
    write_photo(Path("out/a.png"), Photo(COLOUR[:-1], None, None))
    said, [told, *_] = failed("photos", *DENOISE, "-o", "out")
    assert told.endswith(
        "out/a.png is there already and is no result of this command: "
        "give another --out, or --overwrite"
    )
    assert "1 restored by same: out/b.png\n" in said
    assert read_photo("out/a.png").pixels.shape == COLOUR[:-1].shape


def test_without_options_jpeg_files_are_deblocked(jpegs: Path, asked: list) -> None:
    assert run("q10.jpg", "q20.jpg").endswith("2 restored by same: restored\n")
    assert names("restored") == ["q10.png", "q20.png"] and asked == [(None, "jpeg_deblocking")]
    with pytest.raises(
        InputError, match=r"^--task, or one of --scale \(super_resolution\), --sigma"
    ):
        run("q10.jpg", "photos")


def test_one_photo_to_another_kind_of_file(here: Path) -> None:
    run("photos/b.tif", *DENOISE, "-o", "out.WEBP")
    with Image.open("out.WEBP") as image:
        assert image.format == "WEBP"
    np.testing.assert_array_equal(read_photo("out.WEBP").alpha, ALPHA)


def test_a_folder_to_a_folder(here: Path, asked: list) -> None:
    said = run("photos", *DENOISE, "-o", "out")
    assert names("out") == ["a.png", "b.png"]
    np.testing.assert_array_equal(read_photo("out/a.png").pixels, COLOUR)
    got = read_photo("out/b.png")
    np.testing.assert_array_equal(got.pixels, GREY)
    np.testing.assert_array_equal(got.alpha, ALPHA)
    assert said.endswith("2 restored by same: out\n")
    assert asked == [(None, "denoising")]


def test_enlarging(here: Path) -> None:
    run("photos/a.png", "photos/b.tif", "--task", "super_resolution", "--scale", "3", "-o", "out")
    assert read_photo("out/a.png").pixels.shape == (60, 72, 3)
    assert read_photo("out/b.png").alpha.shape == (60, 72)


@pytest.mark.parametrize("tile", ["0", "7"])
def test_the_size_of_tiles_can_be_chosen(here: Path, tile: str) -> None:
    run("photos/a.png", *DENOISE, "--tile", tile, "-o", "out.png")
    np.testing.assert_array_equal(read_photo("out.png").pixels, COLOUR)


def test_progress_is_that_of_all_photos_by_their_pixels() -> None:
    shown: list[tuple[float, float]] = []
    show = command._overall(lambda done, total, note: shown.append((done, total)), [10, 30], 1, "")
    show(1, 3)
    show(3, 3)
    assert shown == [(20, 40), (40, 40)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["photos"], ["photos/a.png", "photos/b.tif"]),
        (["photos/*"], ["photos/a.png", "photos/b.tif"]),
        (["p*/[ab].*"], ["photos/a.png", "photos/b.tif"]),
        (["photos/**/c.png"], ["photos/sub/c.png"]),
        (["photos/b.tif", "photos"], ["photos/b.tif", "photos/a.png"]),
        (["photos/notes.txt"], ["photos/notes.txt"]),  # a file is taken at its word
        (["nothing.png"], ["nothing.png"]),
    ],
)
def test_arguments_stand_for_files(here: Path, given: list[str], expected: list[str]) -> None:
    assert photo_paths([Path(name) for name in given])[0] == [Path(name) for name in expected]


def test_a_name_with_brackets_is_a_name(here: Path) -> None:
    write_photo("photos/x[1].png", Photo(GREY, None, None))
    assert photo_paths([Path("photos/x[1].png")])[0] == [Path("photos/x[1].png")]
    run("photos/x[1].png", *DENOISE, "-o", "out")
    assert names("out") == ["x[1].png"]


def goals(paths: list[str], out: str) -> list[str]:
    return [str(goal) for goal in goal_paths([Path(path) for path in paths], Path(out))]


def test_goals(here: Path) -> None:
    assert goals(["photos/a.png"], "out.jpg") == ["out.jpg"]
    assert goals(["photos/a.png"], "out") == ["out/a.png"]
    assert goals(["photos/a.png", "photos/b.tif"], "out.v2") == ["out.v2/a.png", "out.v2/b.png"]
    Path("folder.png").mkdir()
    assert goals(["photos/a.png"], "folder.png") == ["folder.png/a.png"]
    Path("out.jpg").write_text("of yesterday")
    assert goals(["photos/a.png"], "out.jpg") == ["out.jpg"]


@pytest.mark.parametrize(
    ("paths", "out", "sentence"),
    [
        (["a.jpg", "x/a.png"], "out",
         "photos must have different names, got a.jpg and x/a.png, which would both become "
         "out/a.png: restore them into two folders"),
        (["a.jpg", "A.jpg"], "out", "photos must have different names, got a.jpg and A.jpg"),
        (["photos/a.png"], "photos", "photos/a.png must not be overwritten, it is a photo to be"),
        (["photos/a.png"], "photos/a.png", "photos/a.png must not be overwritten"),
        (["photos/a.png"], "link.png", "link.png must not be overwritten"),
        (["photos/x.jpg", "photos/a.png"], "photos", "photos/a.png must not be overwritten"),
        (["photos/a.png", "photos/b.tif"], "out.png",
         "--out must be a folder for 2 photos, got the file out.png"),
        (["photos/a.png"], "photos/notes.txt",
         "--out must be a folder or an image file, got photos/notes.txt, which is neither"),
    ],
)  # fmt: skip
def test_refused_goals(here: Path, paths: list[str], out: str, sentence: str) -> None:
    Path("link.png").symlink_to("photos/a.png")
    with pytest.raises(InputError) as caught:
        goals(paths, out)
    assert str(caught.value).startswith(sentence)


def test_nothing_is_overwritten_by_way_of_another_photo(here: Path) -> None:
    """x.jpg would become x.png, which is itself to be restored."""
    write_photo("photos/x.png", Photo(GREY, None, None))
    write_photo("other/x.jpg", Photo(GREY, None, None))
    with pytest.raises(InputError, match=r"^photos/x.png must not be overwritten"):
        run("other/x.jpg", "photos/x.png", *DENOISE, "-o", "photos")
    with pytest.raises(InputError, match=r"must not be overwritten"):
        run("other/x.jpg", *DENOISE, "-o", "other/x.jpg")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.png"], "image must be a file, got nothing.png, which does not exist"),
        (["photos/notes.txt"], "image must be one of AVIF, .*, got something else in photos/notes"),
        (["none/*.png"], r"none/\*.png must hold images \(.avif, .*\), got none"),
        (["empty"], r"empty must hold images \(.avif, .*\), got none"),
        (["deep.png"], "image must be grey, RGB .* got more than 8 bits in deep.png"),
        (
            ["photos/c.heic"],
            "image must be one of AVIF, .*, got something else in photos/c.heic; convert it to PNG",
        ),
        (["heic"], "HEIC is not read here, got heic/c.heic; convert it to PNG"),
        (
            ["photos/a.png", "--max-pixels", "479"],
            "image must have at most 479 pixels, got more in photos/a.png; crop it, or allow more "
            "by --max-pixels",
        ),
        (["photos/b.tif", "-o", "out.jpg"], "out.jpg must not be JPEG, which holds no alpha"),
        (["photos/a.png", "-o", "out.gif"], "an image file must end in one of .png, .jpg, "),
        (["photos", "--sigma", "300"], r"sigma of denoising must be in \[1, 255\], got 300"),
        (["photos", "--quality", "3"], "--quality has no meaning for denoising"),
        (["photos", "--task", "art"], "task must be one of super_resolution .*, got 'art'"),
        (["photos", "--device", "tpu"], "device must be auto, cpu or cuda, got 'tpu'"),
    ],
)
def test_refused_before_any_network_is_looked_for(
    here: Path, asked: list, arguments: list[str], sentence: str
) -> None:
    Path("empty").mkdir()
    Path("heic").mkdir()
    for folder in ("photos", "heic"):
        (Path(folder) / "c.heic").write_bytes(b"\0\0\0\x18ftypheic")
    Image.fromarray(GREY.astype(np.uint16)).save("deep.png")
    with pytest.raises(InputError, match=f"^{sentence}"):
        run(*DENOISE, "-o", "out", *arguments)
    assert not asked and not Path("out").exists()


def test_a_folder_that_cannot_be_made_is_found_out_first(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memnet.inference.photo.restore_photo", None)  # to be called in vain
    with pytest.raises(OSError, match=r"notes.txt"):
        run("photos/a.png", *DENOISE, "-o", "photos/notes.txt/out.png")


def test_what_cannot_be_restored_is_named_and_the_rest_is_restored(here: Path) -> None:
    Path("photos/bad.png").write_bytes(Path("photos/a.png").read_bytes()[:-300])
    Path("photos/empty.webp").touch()
    Path("photos/page.jpg").write_text("<html>404</html>")
    Path("photos/c.heic").write_bytes(b"\0\0\0\x18ftypheic")
    Image.fromarray(COLOUR).save("photos/d.jfif", format="JPEG")
    Image.fromarray(COLOUR).save("photos/e.avif")
    said, errors = failed("photos", *DENOISE, "-o", "out")
    assert names("out") == ["a.png", "b.png", "d.png", "e.png"]
    assert said.endswith("4 restored by same: out\n")
    told = [
        "HEIC is not read here, got photos/c.heic; convert it to PNG",
        "image must not be empty, got zero bytes in photos/empty.webp; copy it again from where",
        "image must be one of AVIF, BMP, GIF, JPEG, PNG, TIFF, WEBP, got something else in photos/",
        "image must be whole, got damaged bytes in photos/bad.png (",
    ]
    assert errors[-1] == "4 not restored, as said above"
    for error, start in zip(errors[:-1], told, strict=True):
        assert error.startswith(f"not restored: {start}")
    said, errors = failed("photos/bad.png", "photos/page.jpg", *DENOISE, "-o", "none")
    assert said.endswith("0 restored by same: none\n") and len(errors) == 3


def test_a_bad_photo_does_not_clash_with_a_good_one_of_its_name(here: Path) -> None:
    """As phones leave them: IMG_1.HEIC beside IMG_1.JPG."""
    Path("photos/a.heic").write_bytes(b"\0\0\0\x18ftypheic")
    Path("photos/b.jpg").write_bytes(b"")
    failed("photos", *DENOISE, "-o", "out")
    assert names("out") == ["a.png", "b.png"]


def test_more_pixels_than_pillow_allows(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_photo("photos/a.tif", Photo(COLOUR, None, None))
    write_plane("photos/f.tif", np.zeros((20, 24), np.float32))
    Image.fromarray(COLOUR).save("photos/q.jpg", quality=20)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    for name in ("a.png", "a.tif"):
        run(f"photos/{name}", *DENOISE, "--max-pixels", "480", "-o", "out.png")
        np.testing.assert_array_equal(read_photo("out.png", 480).pixels, COLOUR)
    run("photos/f.tif", *DENOISE, "--max-pixels", "480", "-o", "f.tif")
    run("photos/q.jpg", *DEBLOCK, "--max-pixels", "480", "-o", "out.png")
    assert Image.MAX_IMAGE_PIXELS == 100


# How strongly a photo is degraded

DEBLOCK = ("--task", "jpeg_deblocking", "--device", "cpu")


@pytest.fixture
def jpegs(here: Path) -> Path:
    for quality in (10, 15, 20, 75, 90):
        Image.fromarray(SMOOTH).save(f"q{quality}.jpg", quality=quality)
    Image.fromarray(SMOOTH).save("q.png")
    Image.fromarray(SMOOTH[:1, :1]).save("one.png")
    noisy = 120 + RNG.normal(0, 5, (128, 128))
    Image.fromarray(np.uint8(noisy.round())).save("little.png")
    np.save("levels.npy", np.full((40, 40), 200, np.float32))
    return here


@pytest.mark.parametrize("quality", [10, 15, 20])
def test_a_jpeg_tells_its_quality(jpegs: Path, quality: int) -> None:
    said = run(f"q{quality}.jpg", *DEBLOCK, "-o", "out.png")
    assert f"q{quality}.jpg is a JPEG of quality {quality}\n" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["q75.jpg"], "q75.jpg is a JPEG of quality 75, but same was trained for quality 10 and "
         "20: it may come out worse; to restore it anyway, give --quality 20"),
        (["q90.jpg", "--quality", "90"],
         "same was trained for quality 10 and 20, not for 90, and can make such a photo worse: "
         "leave it as it is, or take another --method"),
        (["q.png"], "q.png is no JPEG, so that its quality is not known: give --quality"),
        (["q.png", "--task", "denoising"],
         "no noise is found in q.png: there is nothing to remove"),
        (["little.png", "--task", "denoising"], "little.png has noise of sigma 5, by an estimate, "
         "but same was trained for sigma 15, 25 and 50: it may come out worse; to restore it "
         "anyway, give --sigma 15"),
        (["one.png", "--task", "denoising"], "no noise is found in one.png"),
        (["levels.npy", "--task", "denoising", "--sigma", "25", "-o", "x.npy"],
         "levels.npy must be in units of 255 = 1, got values up to 200, which look like grey "
         "levels 0 .. 255: divide them by 255"),
        (["q.png", "--task", "denoising", "--sigma", "5"],
         "same was trained for sigma 15, 25 and 50, not for 5, and can make such a photo worse"),
        (["q.png", "--task", "super_resolution", "--scale", "8"],
         "same was trained for scale 2, 3 and 4, not for 8, and can make such a photo worse"),
        (["q.png", "--task", "super_resolution"],
         "super_resolution needs --scale: how strongly its images are degraded"),
    ],
)  # fmt: skip
def test_a_photo_unlike_those_of_the_training_is_refused(
    jpegs: Path, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(InputError, match=f"^{sentence}"):
        run(*DEBLOCK, *arguments, "-o", "out.png")
    assert not Path("out.png").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["q90.jpg", "--quality", "20"], "q90.jpg is a JPEG of quality 90, but same was trained "
         "for quality 10 and 20: it may come out worse"),
        (["q.png", "--quality", "15"], "same was trained for quality 10 and 20, not for 15."),
        (["q.png", "--task", "denoising", "--sigma", "25"], "q.png has noise of sigma "),
    ],
)  # fmt: skip
def test_or_restored_with_a_word_where_the_user_says_so(
    jpegs: Path, arguments: list[str], sentence: str
) -> None:
    lines = run(*DEBLOCK, *arguments, "-o", "out.png").splitlines()
    assert lines[0].startswith(sentence)
    assert read_photo("out.png").pixels.shape == SMOOTH.shape


@pytest.mark.filterwarnings("error")
def test_a_flat_photo_has_no_noise(here: Path) -> None:
    write_photo("flat.png", Photo(np.full((40, 40), 90, np.uint8), None, None))
    with pytest.raises(InputError, match=r"^no noise is found in flat\.png"):
        run("flat.png", "--task", "denoising", "--device", "cpu", "-o", "out.png")


def test_noise_is_estimated(here: Path) -> None:
    grey = np.full((128, 128), 120, np.uint8) + RNG.normal(0, 25, (128, 128))
    write_photo("noisy.png", Photo(np.uint8(grey.clip(0, 255)), None, None))
    said = run("noisy.png", "--task", "denoising", "--device", "cpu", "-o", "out.png")
    assert said.startswith("noisy.png has noise of sigma 25, by an estimate\n")


@pytest.mark.parametrize("suffix", [".npy", ".tiff"])
def test_planes_of_floats_stay_what_they_are(here: Path, suffix: str) -> None:
    plane = RNG.normal(0.5, 1, (40, 44)).astype(np.float32)
    Path("floats").mkdir()
    write_plane(f"floats/a{suffix}", plane)
    run("floats", *DENOISE, "-o", "out")
    assert names("out") == [f"a{suffix}"]
    np.testing.assert_array_equal(read_plane_or_image(f"out/a{suffix}"), plane)
    with pytest.raises(InputError, match=r"^o\.png must be \.npy or \.tiff, as the plane"):
        run(f"floats/a{suffix}", *DENOISE, "-o", "o.png")


def test_help_needs_no_torch() -> None:
    code = "import sys; import memnet.cli.restore; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
