"""`find_network`: which network a name, or no name, stands for."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from memnet.errors import InputError
from memnet.files import read_json, sha256_of, write_json
from memnet.methods.networks import NamedNetwork, find_network
from memnet.models.config import VdsrConfig
from memnet.models.network import Network, build_network
from memnet.results.networks import write_converted
from memnet.results.rows import ROW_COLUMNS, write_rows
from tests.models.authors_files import write_arcnn
from tests.models.caffe_files import write_caffemodel
from tests.models.memnet_twin import both
from tests.projects import make_project

FILES = (
    "the folder of one, or a file of weights "
    "(.mat, .caffemodel, .pth, .pt, .ckpt, .bin, .safetensors)"
)
DENOISING, JPEG, SR = "denoising", "jpeg_deblocking", "super_resolution"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return make_project(tmp_path, monkeypatch)


def write_network(folder: str, *tasks: str, trained_on: str | None = None, seed: int = 0) -> None:
    """A network with random weights; `seed` tells it from others."""
    torch.manual_seed(seed)
    network = build_network(VdsrConfig(depth=3, num_features=2, initialization="official"))
    path = Path(folder)
    path.mkdir(parents=True)
    write_converted(path, path.name, dict.fromkeys(tasks), network, {})
    learned = None
    if trained_on:
        learned = {"task": DENOISING, "dataset": trained_on, "levels": [30, 50, 70]}
        learned |= {"validation": [], "num_images": 2}
    write_json(path / "run.json", read_json(path / "run.json") | {"training_set": learned})


def write_scores(method: str, task: str = DENOISING, **psnr: float) -> None:
    """Rows of an evaluation: mean PSNR by dataset and level, as `s14_30`."""
    for place, value in psnr.items():
        dataset, level = place.split("_")
        rows = [
            (method, task, int(level), dataset, image, 0, value + offset, 0.9, 0.1)
            for image, offset in (("bird", -1), ("head", 1))
        ]
        folder = Path("results/evaluate") / method / f"{task}-{dataset}-{level}"
        write_rows(folder / "rows.csv", pd.DataFrame(rows, columns=ROW_COLUMNS))


def first_weight(network: Network) -> float:
    return float(next(network.parameters()).detach().flatten()[0])


def weight_of(seed: int) -> float:
    torch.manual_seed(seed)
    config = VdsrConfig(depth=3, num_features=2, initialization="official")
    return first_weight(build_network(config))


def fault(name: str | None, task: str) -> str:
    with pytest.raises(InputError) as error:
        find_network(name, task)
    assert "\n" not in str(error.value)
    return str(error.value)


# By name


def test_a_network_of_the_pipeline_comes_by_its_name() -> None:
    write_network("results/methods/mine", DENOISING, trained_on="tiny", seed=3)
    found = find_network("mine", DENOISING)
    assert (found.name, found.network.trained_on) == ("mine", "tiny")
    assert first_weight(found.network) == weight_of(3)
    assert not found.network.training


def test_released_weights_come_before_those_of_the_pipeline() -> None:
    write_network("results/methods/mine", DENOISING, seed=1)
    write_network("weights/mine", DENOISING, seed=2)
    assert first_weight(find_network("mine", DENOISING).network) == weight_of(2)


def test_authors_weights_that_were_converted_are_not_fetched_again() -> None:
    write_network("results/methods/arcnn", JPEG, seed=4)
    found = find_network("arcnn", JPEG)
    assert (found.name, found.network.trained_on) == ("arcnn", None)
    assert first_weight(found.network) == weight_of(4)


def test_authors_weights_are_fetched(here: Path) -> None:
    rng = np.random.default_rng(0)
    raw = here / "datasets/raw/arcnn"
    raw.mkdir(parents=True)
    values = {quality: write_arcnn(raw, rng, quality) for quality in (10, 20)}
    _enter_weights(here, raw)
    found = find_network("arcnn", JPEG)
    assert (found.name, found.network.trained_on) == ("arcnn", None)
    bias = found.network.at_level(20).convs[0].bias.detach().numpy()
    np.testing.assert_array_equal(bias, values[20]["biases_conv1"].ravel())
    assert not found.network.training


def _enter_weights(project: Path, raw: Path) -> None:
    entry = (
        "\narcnn:\n  title: ARCNN\n  role: weights\n  count: 2\n  licence: none\n"
        "  citation: Dong et al.\n  sources: [{folder: nowhere}]\n"
    )
    registry = project / "datasets/own/registry.yaml"
    registry.write_text(registry.read_text() + entry)
    lines = (f"{sha256_of(p)}  -  {p.stat().st_size}  {p.name}\n" for p in sorted(raw.iterdir()))
    (project / "datasets/own/hashes/arcnn.txt").write_text("".join(lines))


@pytest.mark.parametrize("path", ["results/methods/mine", "elsewhere/model.safetensors"])
def test_a_folder_or_its_weights_can_be_named_by_path(path: str) -> None:
    write_network("results/methods/mine", DENOISING, trained_on="tiny")
    Path("results/methods/mine").rename("elsewhere") if path.startswith("else") else None
    found = find_network(path, DENOISING)
    assert (found.name, found.network.trained_on) == (
        Path(path).parts[path.startswith("r") * 2],
        "tiny",
    )


def test_levels_that_a_record_gives_are_checked() -> None:
    write_network("results/methods/mine", DENOISING, trained_on="tiny")
    path = Path("results/methods/mine/run.json")
    record = read_json(path)
    write_json(path, record | {"tasks": {DENOISING: []}})
    assert fault("mine", DENOISING) == "mine restores no level of denoising: take another --method"
    learned = record["training_set"]
    for levels in ([], "x", 30, [1.5]):
        write_json(path, record | {"training_set": learned | {"levels": levels}})
        assert fault("mine", DENOISING).startswith(f"{path}: training_set.levels")
    write_json(path, record | {"training_set": learned | {"levels": [30]}})
    assert find_network("mine", DENOISING).levels(DENOISING) == [30]


def test_a_caffemodel_is_a_memnet_for_any_task() -> None:
    network = both((2, 2, 3), "full", training=False, dtype=torch.float32)[0]
    Path("from").mkdir()
    write_caffemodel(Path("from/MemNet_M2R2.caffemodel"), network)
    for task in (SR, DENOISING, JPEG):
        found = find_network("from/MemNet_M2R2.caffemodel", task)
        assert (found.name, found.network.trained_on) == ("MemNet_M2R2", None)
        assert found.network.config == network.config
        assert not found.network.training


def test_a_caffemodel_that_is_not_there() -> None:
    assert fault("nothing.caffemodel", SR) == (
        "nothing.caffemodel must be a file of weights, but is not there"
    )


@pytest.mark.parametrize("name", ["memnet", "", "../mine", "Mine"])
def test_an_unknown_name_is_told_with_the_known_ones(name: str) -> None:
    write_network("results/methods/mine", DENOISING, SR)
    write_network("weights/yours", SR)
    assert fault(name, SR) == (
        "method must be a network for super_resolution "
        f"(yours, mine, vdsr-official, dncnn3, lapsrn), {FILES}, got {name!r}"
    )
    assert fault(name, DENOISING) == (
        f"method must be a network for denoising (mine, dncnn3), {FILES}, got {name!r}"
    )


def test_a_network_for_another_task_is_refused() -> None:
    write_network("results/methods/mine", DENOISING)
    assert fault("mine", JPEG) == "mine is for denoising, not for jpeg_deblocking"
    assert fault("results/methods/mine", JPEG) == "mine is for denoising, not for jpeg_deblocking"
    assert fault("arcnn", SR) == "arcnn is for jpeg_deblocking, not for super_resolution"


def test_a_method_that_is_no_network_is_refused() -> None:
    write_network("results/methods/folder", DENOISING)
    path = Path("results/methods/folder/run.json")
    write_json(path, read_json(path) | {"kind": "images", "network": None})
    assert fault("folder", DENOISING) == (
        f"method must be a network for denoising (dncnn3), {FILES}, got 'folder'"
    )


# The best one


def best(task: str = DENOISING) -> NamedNetwork:
    return find_network(None, task)


def test_the_highest_mean_psnr_is_the_best() -> None:
    for name, value in (("a", 30.0), ("b", 31.0), ("c", 29.0)):
        write_network(f"results/methods/{name}", DENOISING)
        write_scores(name, s14_30=value, s14_50=value - 2)
    assert best().name == "b"


def test_networks_are_compared_on_what_all_of_them_were_evaluated_on() -> None:
    for name in "ab":
        write_network(f"results/methods/{name}", DENOISING)
    write_scores("a", s14_30=30.0, s14_10=40.0)  # an easy level that b lacks
    write_scores("b", s14_30=31.0, s14_70=20.0)
    assert best().name == "b"


def test_scores_of_another_task_do_not_count() -> None:
    for name in "ab":
        write_network(f"results/methods/{name}", DENOISING, JPEG)
    write_scores("a", s14_30=30.0)
    write_scores("b", s14_30=31.0)
    write_scores("a", JPEG, s14_30=99.0)
    assert best().name == "b"


def test_only_networks_for_the_task_are_candidates() -> None:
    write_network("results/methods/jpeg", JPEG)
    write_network("results/methods/noise", DENOISING)
    write_scores("jpeg", s14_30=99.0)
    write_scores("noise", s14_30=30.0)
    assert best().name == "noise"


def test_a_network_that_was_not_evaluated_gives_way_to_one_that_was() -> None:
    for name in "ab":
        write_network(f"results/methods/{name}", DENOISING)
    assert best().name == "a"  # the first, as nothing is known of either
    write_scores("b", s14_30=20.0)
    assert best().name == "b"


def test_a_released_network_is_the_best_where_nothing_was_evaluated() -> None:
    write_network("results/methods/a", DENOISING, seed=1)
    write_network("weights/z", DENOISING, seed=2)
    assert best().name == "z"


def test_nothing_there_names_the_authors_weights() -> None:
    assert fault(None, JPEG) == (
        "there is no network for jpeg_deblocking here yet: run `dvc repro` to train one, or name "
        "its authors' weights with --method (dncnn3, arcnn), which are fetched"
    )
    write_network("results/methods/noise", DENOISING)
    assert "no network for super_resolution here" in fault(None, SR)
    assert "(vdsr-official, dncnn3, lapsrn)" in fault(None, SR)


def test_a_damaged_record_is_told() -> None:
    write_network("results/methods/mine", DENOISING)
    Path("results/methods/mine/run.json").write_text("{}")
    assert fault(None, DENOISING) == (
        "results/methods/mine/run.json: method is missing (and 3 more): delete "
        "results/methods/mine, then run `dvc repro`; "
        "a released network comes back by installing memnet again"
    )
