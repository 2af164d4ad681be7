import time
from pathlib import Path

import pytest

from memnet.data.catalog import BUILT_IN, Catalog, load_catalog
from memnet.errors import InputError

CATALOG = load_catalog()
ROOT = BUILT_IN.parent

MINIMAL = """\
tiny:
  title: Tiny
  role: test
  count: 1
  licence: none stated
  citation: nobody
  sources: [{mirror: tiny}]
other:
  title: Other
  role: train
  count: 1
  licence: none stated
  citation: somebody
  sources: [{url: "http://127.0.0.1:9"}]
"""
LINE = f"{'a' * 64}  {'b' * 64}  10  one.png\n"


def catalog_at(folder: Path, text: str = MINIMAL, **hashes: str) -> Catalog:
    (folder / "hashes").mkdir(exist_ok=True)
    (folder / "registry.yaml").write_text(text)
    for name, lines in {"tiny": LINE, "other": LINE, **hashes}.items():
        (folder / f"hashes/{name}.txt").write_text(lines)
    return load_catalog(folder / "registry.yaml")


def test_every_dataset_has_its_files() -> None:
    # The published sizes of the sets.
    counts = {
        "bundled-train": 10,
        "bundled-test": 5,
        "bsds500-train": 200,
        "bsds500-val": 100,
        "bsds500-test": 200,
        "t91": 91,
        "set5": 5,
        "set14": 14,
        "urban100": 100,
        "live1": 29,
        "classic5": 5,
        "s14": 14,
        "bsd100": 100,
        "bsd200": 200,
        "bsd200-half": 200,
        "train291": 291,
        "bsd300": 300,
        "vdsr-official": 1,
        "dncnn3": 1,
        "arcnn": 2,
        "lapsrn": 2,
    }
    assert {dataset.id: len(CATALOG.files(dataset.id)) for dataset in CATALOG} == counts
    assert {dataset.id: dataset.count for dataset in CATALOG} == counts


def test_hash_files_and_base_datasets_are_the_same_list() -> None:
    bases = {dataset.id for dataset in CATALOG if dataset.sources}
    assert {path.stem for path in (ROOT / "hashes").iterdir()} == bases


def test_weights_and_only_weights_have_no_pixels() -> None:
    for dataset in CATALOG:
        missing = [file.pixels is None for file in CATALOG.files(dataset.id)]
        assert missing == [dataset.role == "weights"] * dataset.count, dataset.id


def test_urls_are_pinned_to_a_commit() -> None:
    for dataset in CATALOG:
        for source in dataset.sources:
            if source.url is not None:
                host, commit = source.url.split("/")[2], source.url.split("/")[5]
                assert host == "raw.githubusercontent.com", dataset.id
                assert len(commit) == 40 and set(commit) <= set("0123456789abcdef"), dataset.id


def test_real_datasets_come_from_a_mirror_first_then_a_url() -> None:
    for dataset in CATALOG:
        if dataset.sources and not dataset.id.startswith("bundled"):
            assert [(s.mirror is not None, s.url is not None) for s in dataset.sources] == [
                (True, False),
                (False, True),
            ]


def test_composites_take_everything_from_their_parts() -> None:
    bsd300 = CATALOG["bsd300"]
    assert bsd300.parts == ("bsds500-train", "bsds500-val")
    assert bsd300.licence == CATALOG["bsds500-val"].licence
    assert "Yang" in CATALOG["train291"].citation and "Arbelaez" in CATALOG["train291"].citation
    assert [file.dataset for file in CATALOG.files("train291")] == ["t91"] * 91 + [
        "bsds500-train"
    ] * 200
    assert CATALOG.files("bsd200-half") == CATALOG.files("bsd200")
    assert (CATALOG["bsd200-half"].resize, CATALOG["bsd200"].resize) == (0.5, None)


def test_training_sets_and_test_sets_share_no_image_but_bsd300_and_bsd100() -> None:
    train = [dataset.id for dataset in CATALOG if dataset.role == "train"]
    test = [dataset.id for dataset in CATALOG if dataset.role == "test"]
    shared = {(a, b): len(CATALOG.overlap(a, b)) for a in train for b in test}
    assert {pair: number for pair, number in shared.items() if number} == {
        ("bsd300", "bsd100"): 100
    }


def test_refuses_to_score_on_training_images() -> None:
    CATALOG.require_disjoint("bsd300", "bsd200")
    CATALOG.require_disjoint("train291", "bsd100")
    sentence = "bsd300 and test set bsd100 must share no image, got 100 in both"
    with pytest.raises(InputError, match=sentence):
        CATALOG.require_disjoint("bsd300", "bsd100")


def test_overlap_names_the_images() -> None:
    assert CATALOG.overlap("set14", "live1") == ["monarch"]
    assert CATALOG.overlap("vdsr-official", "dncnn3") == []


def test_unknown_dataset_names_close_ones() -> None:
    with pytest.raises(InputError, match=r"one of bundled-train, .*'urban10' \(did you mean urban"):
        CATALOG["urban10"]
    with pytest.raises(InputError, match=r"got 'xyzzy'$"):
        CATALOG.files("xyzzy")


def test_image_name_is_the_stem() -> None:
    assert CATALOG.files("set5")[0].image == "baby_GT"


def test_loading_is_quick() -> None:
    start = time.perf_counter()
    load_catalog()
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("  count: 1\n", "", r"tiny\.count is missing$"),
        ("count: 1", "cuont: 1", r"\.cuont is not a known key: it must be one of title, role, "),
        ("count: 1", "count: '1'", r"tiny\.count must be a whole number, got '1'"),
        ("count: 1", "count: 0", r"tiny\.count must be at least 1, got 0"),
        ("role: test", "role: tset", r"tiny\.role must be one of train, test, .*got 'tset'"),
        ("title: Tiny", "title: ''", r"tiny\.title must not be empty, got ''"),
        ("mirror: tiny", "miror: tiny", r"\.sources\.0\.miror is .*: it must be one of package, "),
        ("{mirror: tiny}", "{mirror: tiny, url: x}", r"sources\.0: must have exactly one of"),
        ("{mirror: tiny}", "{package: skimage}", r"sources\.0: must have path with package"),
        ("[{mirror: tiny}]", "[]", r"tiny must have sources or parts, got neither"),
        ("  title: Tiny", "  title: Tiny\n  id: tiny", r"tiny\.id must be left out"),
        ("  title: Tiny", "  title: Tiny\n  resize: 2.0", r"tiny\.resize must be less than 1, "),
        ("  title: Tiny", "  title: Tiny\n  1: x", r"tiny\.1 must be text, got 1"),
        ("title: Tiny", "title: [Tiny", r"registry\.yaml, line \d+ is not valid YAML: "),
        ("other:", "tiny:", r"line \d+ is not valid YAML: .*duplicate key"),
        (MINIMAL, "- tiny", r"each dataset must be a mapping"),
        (MINIMAL, "", r"each dataset must be a mapping"),
        (MINIMAL, "tiny: 3", r"each dataset must be a mapping"),
        ("tiny:", "[1]:", r"parts\.0 must be text, got \(1,\)"),
    ],
)
def test_registry_faults_are_one_sentence(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        catalog_at(tmp_path, MINIMAL.replace(old, new, 1))
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "registry.yaml") in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ("parts: [tiny], count: 1", r"both\.count must be one of title, role, .*made of parts"),
        ("parts: [tiny, nothing]", r"both\.parts must name datasets with sources .*got 'nothing'"),
        ("parts: [both]", r"got 'both'"),
        ("parts: []", r"both\.(count|parts) must "),
        ("parts: tiny", r"both\.parts must be a list, got 'tiny'"),
    ],
)
def test_composite_faults_are_one_sentence(tmp_path: Path, fields: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        catalog_at(tmp_path, MINIMAL + f"both: {{title: Both, role: test, {fields}}}\n")


def test_name_clash_between_parts(tmp_path: Path) -> None:
    text = MINIMAL + "both: {title: Both, role: test, parts: [tiny, other]}\n"
    other = LINE.replace("one.png", "one.bmp")  # rows and pairs know images by their stem
    with pytest.raises(InputError, match=r"different names, got 'one' in both tiny and other"):
        catalog_at(tmp_path, text, other=other).files("both")
    assert len(catalog_at(tmp_path, text, other=LINE.replace("one", "two")).files("both")) == 2


@pytest.mark.parametrize(
    "line",
    [
        "one.png\n",
        LINE.replace("a" * 64, "a" * 63),
        LINE.replace("b" * 64, "B" * 64),
        LINE.replace(" 10 ", " ten "),
        LINE.replace("one.png", "../one.png"),
    ],
)
def test_malformed_hash_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError, match=r"hashes/tiny\.txt, line 1 must be 'sha256  pixels"):
        catalog_at(tmp_path, tiny=line).files("tiny")


def test_hash_file_missing_or_of_another_length(tmp_path: Path) -> None:
    catalog = catalog_at(tmp_path, tiny=LINE + LINE.replace("one", "two"))
    with pytest.raises(InputError, match=r"tiny\.count must be the number of lines .*2, got 1"):
        catalog.files("tiny")
    (tmp_path / "hashes/tiny.txt").unlink()
    with pytest.raises(InputError, match=r"must list the hashes of tiny, got no such file"):
        catalog.files("tiny")


def test_missing_registry(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"registry\.yaml is missing: run in the project's folder"):
        load_catalog(tmp_path / "registry.yaml")
