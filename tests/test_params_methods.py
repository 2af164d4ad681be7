"""Section `methods` of params.yaml, and that every method has one name of its own."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from memnet.errors import InputError
from memnet.params import CaffemodelMethod, CallableMethod, ImagesMethod, Params, load_params
from memnet.published.verdict import KnownMiss
from tests.test_params import MINIMAL

IMAGES = {"kind": "images", "folder": "out", "tasks": {"super_resolution": [2, 3]}}
CALLABLE = {
    "kind": "callable", "callable": "mine:restore", "parallel": False, "tasks": {"denoising": [30]}
}  # fmt: skip
CAFFEMODEL = {"kind": "caffemodel", "file": "a.caffemodel", "tasks": {"super_resolution": [2]}}
MISS = {"tolerance": 0.1, "reason": "Cut."}
TASKS = "super_resolution, denoising, jpeg_deblocking"


@pytest.fixture
def load(tmp_path: Path) -> Callable[[dict[str, Any]], Params]:
    """Function that loads the minimal file of `test_params.py` with some keys changed."""

    def loaded(changes: dict[str, Any]) -> Params:
        data = deepcopy(MINIMAL)
        for dotted, value in changes.items():
            *parents, last = dotted.split(".")
            section = data
            for parent in parents:
                section = section[parent]
            section[last] = value
        path = tmp_path / "params.yaml"
        YAML(typ="safe").dump(data, path)
        return load_params(path)

    return loaded


@pytest.fixture
def fault(load: Callable[..., Params], tmp_path: Path) -> Callable[..., str]:
    """The sentence for such a file, without the file's name."""

    def sentence(changes: dict[str, Any]) -> str:
        with pytest.raises(InputError) as error:
            load(changes)
        assert "\n" not in str(error.value)
        return str(error.value).removeprefix(f"{tmp_path / 'params.yaml'}: ")

    return sentence


# What loads


def test_each_kind_of_method_loads(load: Callable[..., Params]) -> None:
    params = load({"methods": {"files": IMAGES, "mine": CALLABLE, "caffe": CAFFEMODEL}})
    assert params.methods == {
        "files": ImagesMethod(kind="images", folder="out", tasks={"super_resolution": [2, 3]}),
        "mine": CallableMethod(
            kind="callable", callable="mine:restore", parallel=False, tasks={"denoising": [30]}
        ),
        "caffe": CaffemodelMethod(
            kind="caffemodel", file="a.caffemodel", tasks={"super_resolution": [2]}
        ),
    }
    assert params.method("files") is params.methods["files"]
    with pytest.raises(InputError) as error:
        params.method("ours")  # is trained here
    assert str(error.value) == "method must be one of caffe, files, mine, got 'ours'"


def test_there_may_be_no_method(load: Callable[..., Params]) -> None:
    with pytest.raises(InputError) as error:
        load({"methods": {}}).method("mine")
    assert str(error.value) == "method must be one of none, got 'mine'"


def test_a_method_stands_in_the_grid_and_in_a_table(load: Callable[..., Params]) -> None:
    params = load(
        {
            "methods": {"files": IMAGES, "mine": CALLABLE},
            "grid.super_resolution.methods": ["ours", "files"],
            "grid.denoising.methods": ["mine"],
            "tables.SRCNN": {"super_resolution": "files"},
        }
    )
    assert params.grid.denoising.methods == ["mine"]


@pytest.mark.parametrize("name", ["a:b", "memnet.methods.bm3d:bm3d", "_a.b1:_c"])
def test_a_function_is_a_module_and_a_name(load: Callable[..., Params], name: str) -> None:
    params = load({"methods": {"mine": CALLABLE | {"callable": name}}})
    assert params.method("mine").callable == name  # type: ignore[union-attr]


@pytest.mark.parametrize("method", ["input", "ours", "authors", "mine"])
def test_a_known_miss_may_be_of_any_method(load: Callable[..., Params], method: str) -> None:
    params = load({"calibration.known_misses": {f"{method}/test/psnr": MISS}})
    known = params.calibration.miss(method, "test", "psnr")
    assert known == KnownMiss(tolerance=0.1, reason="Cut.")
    assert params.calibration.miss(method, "test", "ssim") is None


# What is refused


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (
            "kind",
            "network",
            " must be one of images, callable, caffemodel, got 'network'",
        ),
        ("parallel", "yes", ".parallel must be true or false, got 'yes'"),
        ("parallel", None, ".parallel must be true or false, got nothing"),
        ("paralel", True, ".paralel is not a known key: check its spelling"),
        ("folder", "x", ".folder is not a known key: check its spelling"),
        ("tasks", {}, ".tasks must not be empty, got {}"),
        ("tasks", ["denoising"], ".tasks must be a mapping, got ['denoising']"),
        ("tasks", {"sr": [2]}, f".tasks.sr must be one of {TASKS}, got 'sr'"),
        ("tasks", {"denoising": []}, ".tasks.denoising must not be empty, got []"),
        ("tasks", {"denoising": None}, ".tasks.denoising must be a list, got nothing"),
        ("tasks", {"denoising": [30, 30]},
         ".tasks.denoising: must not name anything twice, got 30 again"),
        ("tasks", {"denoising": [0]}, ": levels of denoising must be in [1, 255], got 0"),
        ("tasks", {"super_resolution": [2, 9]},
         ": levels of super_resolution must be in [2, 8], got 9"),
    ],
)  # fmt: skip
def test_one_wrong_key(fault: Callable[..., str], key: str, value: Any, sentence: str) -> None:
    told = fault({"methods": {"mine": CALLABLE | {key: value}}})
    assert told == f"methods.mine{'.kind' if key == 'kind' else ''}{sentence}"


@pytest.mark.parametrize(
    ("method", "lacking"),
    [
        (IMAGES, "folder"), (IMAGES, "tasks"), (CALLABLE, "callable"), (CALLABLE, "parallel"),
        (CAFFEMODEL, "file"), (CALLABLE, "kind"),
    ],
)  # fmt: skip
def test_a_missing_key(fault: Callable[..., str], method: dict[str, Any], lacking: str) -> None:
    less = {key: value for key, value in method.items() if key != lacking}
    assert fault({"methods": {"mine": less}}) == f"methods.mine.{lacking} is missing"


@pytest.mark.parametrize(
    "name", ["mine", "mine:", ":f", "mine:a.b", "mine:f ", "my-net:f", "a/b:f"]
)
def test_a_function_of_another_form(fault: Callable[..., str], name: str) -> None:
    told = fault({"methods": {"mine": CALLABLE | {"callable": name}}})
    assert told.startswith("methods.mine.callable ") and told.endswith(f", got {name!r}")


@pytest.mark.parametrize(
    ("method", "key"), [(IMAGES, "folder"), (CAFFEMODEL, "file")], ids=["folder", "file"]
)
def test_a_place_is_not_empty(fault: Callable[..., str], method: dict[str, Any], key: str) -> None:
    told = fault({"methods": {"mine": method | {key: ""}}})
    assert told.startswith(f"methods.mine.{key} ") and told.endswith(", got ''")


@pytest.mark.parametrize("name", ["../x", "a b", "x;echo", "a.b", "", "Mine"])
def test_the_name_of_a_method_is_a_plain_name(fault: Callable[..., str], name: str) -> None:
    assert "should match pattern" in fault({"methods": {name: IMAGES}})


@pytest.mark.parametrize("name", ["../x", "a b", "x;echo", "Mine"])
def test_the_name_of_a_released_network_is_a_plain_name(
    fault: Callable[..., str], name: str
) -> None:
    assert "should match pattern" in fault({"released": [name]})


def test_a_released_network_is_a_method(load: Callable[..., Params]) -> None:
    loaded = load({"released": ["kept"], "grid.super_resolution.methods": ["kept"]})
    assert loaded.grid.super_resolution.methods == ["kept"]


@pytest.mark.parametrize("name", ["input", "target"])
def test_a_method_cannot_take_the_place_of_the_degraded_input(
    fault: Callable[..., str], name: str
) -> None:
    assert fault({"methods": {name: IMAGES}}) == (
        f"experiments and methods: none must be called {name}"
    )


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"methods": {"ours": IMAGES}}, "ours"),
        ({"methods": {"authors": IMAGES}}, "authors"),
        ({"converted": ["authors", "ours"], "datasets": ["train", "test", "authors", "ours"]},
         "ours"),
        ({"released": ["ours"]}, "ours"),
    ],
)  # fmt: skip
def test_sections_of_methods_share_no_name(
    fault: Callable[..., str], changes: dict[str, Any], name: str
) -> None:
    assert fault(changes) == (
        f"experiments, converted, released and methods must have different names, got {name} twice"
    )


@pytest.mark.parametrize("method", ["bicubic", "Mine"])
def test_a_known_miss_is_of_a_method(fault: Callable[..., str], method: str) -> None:
    assert fault({"calibration.known_misses": {f"{method}/test/psnr": MISS}}) == (
        f"calibration.known_misses: {method!r} is not among the methods: input, ours, authors, mine"
    )


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [("tolerance", 0, "tolerance must be greater than 0, got 0"), ("reason", "", "reason ")],
)
def test_a_known_miss_says_how_far_and_why(
    fault: Callable[..., str], key: str, value: Any, sentence: str
) -> None:
    told = fault({"calibration.known_misses": {"mine/test/psnr": MISS | {key: value}}})
    assert told.startswith(f"calibration.known_misses.mine/test/psnr.{sentence}")


@pytest.mark.parametrize("key", ["mine/test", "mine/test/rmse", "/test/psnr"])
def test_a_known_miss_names_its_place(fault: Callable[..., str], key: str) -> None:
    assert "should match pattern" in fault({"calibration.known_misses": {key: MISS}})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"grid.denoising.methods": ["mine"]}, "grid.denoising.methods: mine is of another task"),
        ({"tables.SRCNN": {"jpeg_deblocking": "mine"}},
         "tables.SRCNN.jpeg_deblocking: mine is of another task"),
        ({"grid.super_resolution.methods": ["theirs"]},
         "grid.super_resolution.methods: 'theirs' is not among experiments, converted, released "
         "and methods: ours, authors, mine"),
    ],
)  # fmt: skip
def test_a_method_is_used_for_its_own_tasks(
    fault: Callable[..., str], changes: dict[str, Any], sentence: str
) -> None:
    assert fault(changes) == sentence
