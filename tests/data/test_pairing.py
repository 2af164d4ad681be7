"""Restored images and the images that they are of: which names are taken for which."""

import unicodedata
from pathlib import Path

import pytest

from memnet.data.pairing import paired
from memnet.errors import InputError

SET5 = [f"{name}_GT" for name in ("baby", "bird", "butterfly", "head", "woman")]
FOLDER = Path("out")


def match(files: list[str], images: list[str]) -> dict[str, str]:
    found = paired([Path(name) for name in files], images, FOLDER, "set5").files
    return {image: path.name for image, path in found.items()}


@pytest.mark.parametrize(
    "pattern",
    [
        "{}_GT.png", "{}.png", "{}x2.png", "{}_x2_SR.png", "{}_SwinIR.png", "{}_GT_x2.png",
        "SwinIR_{}.png", "{}-out.v2.png", "x2_{}.bmp", "{}_SRF_2_HAT.png",
    ],
)  # fmt: skip
@pytest.mark.parametrize("change", [str, str.upper, str.capitalize])
def test_names_that_methods_give_their_results(pattern: str, change: type[str]) -> None:
    names = {image: change(pattern.format(image.removesuffix("_GT"))) for image in SET5}
    assert match(list(names.values()), SET5) == names


@pytest.mark.parametrize(
    ("files", "images"),
    [
        (["img_001_SRF_4_SwinIR.png", "img_010x4.png"], ["img_001_SRF_4_HR", "img_010_SRF_4_HR"]),
        (["a_b_SR.png", "a_SR.png"], ["a_b", "a"]),  # more words beat fewer
        (["1_x2.png", "10_x2.png", "2_x2.png"], ["1", "10", "2"]),
        (["01_25.png", "25_25.png"], ["01", "25"]),  # the beginning beats the rest
        (["box2.png", "box2_x2.png"], ["box2", "box2_x2"]),  # its very name comes first
        (["GT.png"], ["GT"]),
    ],
)
def test_the_nearest_name_is_taken(files: list[str], images: list[str]) -> None:
    assert match(files, images) == dict(zip(images, files, strict=True))


def test_accents_that_macos_takes_apart_are_one_letter() -> None:
    composed = "caf\u00e9 \u00fcber"
    apart = unicodedata.normalize("NFD", composed)
    assert composed != apart
    assert match([f"{apart}.png"], [composed]) == {composed: f"{apart}.png"}
    assert match([f"{composed}_x2.png"], [apart]) == {apart: f"{composed}_x2.png"}


def test_a_variant_of_one_image_is_not_taken_for_another() -> None:
    with pytest.raises(InputError, match=r"1 is missing: 14, but it has 1_14\.png"):
        match(["1.png", "1_14.png", "2.png"], ["1", "14", "2"])


@pytest.mark.parametrize("name", ["babyface", "img_0010", "bab", "25_01", "noise_25_01"])
def test_a_name_that_may_mean_another_image_is_none(name: str) -> None:
    images = ["baby_GT", "img_001", "bird", "01", "25"]
    files = [f"{image}.png" for image in images[:3]]
    meant = {"25_01": "25"}.get(name)
    with pytest.raises(InputError) as error:
        match([*files, f"{name}.png"], images)
    missing = [image for image in ("01", "25") if image != meant]
    extra = "" if meant else f", but it has {name}.png"
    assert str(error.value) == (
        f"out must hold an image for each of the 5 of set5, {len(missing)} "
        f"{'is' if len(missing) == 1 else 'are'} missing: {', '.join(missing)}{extra}; name each "
        "file after its image"
    )


def test_what_was_matched_is_told() -> None:
    files = [Path(f"{image.removesuffix('_GT')}.png") for image in SET5]
    assert paired(files, SET5, FOLDER, "set5").notes == [
        "Names: took baby.png as baby_GT, bird.png as bird_GT, butterfly.png as butterfly_GT and "
        "2 more."
    ]
    assert paired([Path(f"{image}.png") for image in SET5], SET5, FOLDER, "set5").notes == []
