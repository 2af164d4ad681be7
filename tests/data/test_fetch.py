import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from memnet.data.catalog import Catalog, load_catalog
from memnet.data.fetch import fetch, verify
from memnet.errors import InputError
from memnet.files import sha256_of
from memnet.imaging.io import pixel_sha256, write_png

NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens
REGISTRY = """\
tiny:
  title: Tiny
  role: test
  count: 2
  licence: none stated
  citation: nobody
  sources: [{{mirror: tiny}}, {{url: "{url}", rename: {{two.png: second.png}}}}]
more:
  title: More
  role: train
  count: 1
  licence: none stated
  citation: nobody
  sources: [{{mirror: more}}]
both: {{title: Both, role: train, parts: [tiny, more]}}
"""


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in ("tiny/one.png", "tiny/two.png", "more/three.png"):
        write_png(tmp_path / "mirror" / name, rng.integers(0, 256, (16, 16, 3), dtype=np.uint8))
    return tmp_path / "mirror"


def catalog_of(mirror: Path, url: str = NOWHERE) -> Catalog:
    """Catalogue of the mirror's files as they are now."""
    folder = mirror.parent / "datasets"
    (folder / "hashes").mkdir(parents=True, exist_ok=True)
    (folder / "registry.yaml").write_text(REGISTRY.format(url=url))
    for name in ("tiny", "more"):
        (folder / f"hashes/{name}.txt").write_text(
            "".join(
                f"{sha256_of(path)}  {pixel_sha256(path)}  {path.stat().st_size}  {path.name}\n"
                for path in sorted((mirror / name).iterdir())
            )
        )
    return load_catalog(folder / "registry.yaml")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def flip_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_mirror(tmp_path: Path, mirror: Path) -> None:
    catalog, out, seen = catalog_of(mirror), tmp_path / "out", []
    fetch("tiny", out, catalog, mirror, lambda *step: seen.append(step))
    assert names(out) == ["one.png", "two.png"]
    assert (out / "one.png").read_bytes() == (mirror / "tiny/one.png").read_bytes()
    assert seen == [(1, 2, "one.png"), (2, 2, "two.png")]
    assert verify(out, "tiny", catalog) == []


def test_parts_land_together(tmp_path: Path, mirror: Path) -> None:
    fetch("both", tmp_path / "out", catalog_of(mirror), mirror)
    assert names(tmp_path / "out") == ["one.png", "three.png", "two.png"]


def test_verified_files_are_kept_and_wrong_ones_replaced(tmp_path: Path, mirror: Path) -> None:
    catalog, out = catalog_of(mirror), tmp_path / "out"
    fetch("tiny", out, catalog, mirror)
    before = (out / "one.png").stat().st_ino
    flip_byte(out / "two.png")
    (mirror / "tiny/one.png").unlink()  # would be missed if it were fetched again
    fetch("tiny", out, catalog, mirror)
    assert (out / "one.png").stat().st_ino == before
    assert verify(out, "tiny", catalog) == []


def test_interrupted_fetch_goes_on(tmp_path: Path, mirror: Path) -> None:
    catalog, out = catalog_of(mirror), tmp_path / "out"

    def interrupt(done: int, total: int, name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("tiny", out, catalog, mirror, interrupt)
    assert names(out) == ["one.png"]
    (mirror / "tiny/one.png").unlink()
    fetch("tiny", out, catalog, mirror)
    assert verify(out, "tiny", catalog) == []


def test_flipped_byte_in_the_mirror_is_told(tmp_path: Path, mirror: Path) -> None:
    catalog, path = catalog_of(mirror), mirror / "tiny/two.png"
    expected = sha256_of(path)
    flip_byte(path)
    with pytest.raises(InputError) as caught:
        fetch("tiny", tmp_path / "out", catalog, mirror)
    assert str(caught.value) == (
        f"{path} must have sha256 {expected}, got {sha256_of(path)}; "
        "replace it, or remove it so that the next source is tried"
    )
    assert names(tmp_path / "out") == ["one.png"]


def test_truncated_file_in_the_mirror_is_told(tmp_path: Path, mirror: Path) -> None:
    catalog, path = catalog_of(mirror), mirror / "tiny/one.png"
    size = path.stat().st_size
    os.truncate(path, size - 1)
    with pytest.raises(InputError, match=f"one.png must have {size} bytes, got {size - 1}; repl"):
        fetch("tiny", tmp_path / "out", catalog, mirror)
    assert names(tmp_path / "out") == []


def test_right_bytes_that_decode_to_other_pixels(tmp_path: Path, mirror: Path) -> None:
    catalog = catalog_of(mirror)
    path = catalog.hashes("tiny")
    path.write_text(path.read_text().replace(pixel_sha256(mirror / "tiny/one.png"), "0" * 64))
    with pytest.raises(
        InputError, match=r"one.png must decode to pixels of sha256 0{64}, got .*Pi"
    ):
        fetch("tiny", tmp_path / "out", catalog, mirror)
    assert names(tmp_path / "out") == []


def test_mirror_that_is_no_folder(tmp_path: Path, mirror: Path) -> None:
    with pytest.raises(
        InputError, match=r"MEMNET_MIRROR must be an existing folder, got .*nothing"
    ):
        fetch("tiny", tmp_path / "out", catalog_of(mirror), tmp_path / "nothing")


def test_offline_names_every_source_and_the_remedy(
    tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with pytest.raises(InputError) as caught:
        fetch("tiny", tmp_path / "out", catalog_of(mirror))
    assert str(caught.value) == (
        "one.png of tiny could not be had from any source: "
        "no local mirror (MEMNET_MIRROR is not set); no connection to http://127.0.0.1:9/one.png; "
        "set MEMNET_MIRROR=<folder> to a folder that holds tiny/, or connect to the network"
    )
    assert names(tmp_path / "out") == []


def test_mirror_without_the_file_and_offline(
    tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    catalog = catalog_of(mirror)
    (mirror / "tiny/two.png").unlink()
    with pytest.raises(
        InputError, match=r"two.png of tiny .*no .*tiny/two.png in the mirror; no c"
    ):
        fetch("tiny", tmp_path / "out", catalog, mirror)


class Server(ThreadingHTTPServer):
    """Serves a folder; the first `failures` answers of each path are faults of the given kind."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.failures, self.kind = folder, 0, "503"
        self.asked: dict[str, int] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/tiny"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked[self.path] = asked = self.server.asked.get(self.path, 0) + 1
        path = self.server.folder / self.path.removeprefix("/")
        fault = self.server.kind if asked <= self.server.failures else ""
        if fault == "503" or not path.is_file():
            self.send_error(503 if fault else 404)
            return
        data = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:-9] if fault == "cut" else b"x" * 9 + data[9:] if fault else data)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr("pooch.core.time.sleep", lambda seconds: None)
    (mirror / "tiny/second.png").write_bytes((mirror / "tiny/two.png").read_bytes())
    with Server(mirror) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def served_catalog(server: Server) -> Catalog:
    renamed = server.folder / "tiny/second.png"
    data = renamed.read_bytes()
    renamed.unlink()
    catalog = catalog_of(server.folder, server.url)
    renamed.write_bytes(data)
    return catalog


@pytest.mark.parametrize("kind", ["503", "cut", "wrong"])
@pytest.mark.parametrize("failures", [0, 2])
def test_url_with_retries(tmp_path: Path, server: Server, kind: str, failures: int) -> None:
    catalog = served_catalog(server)
    server.failures, server.kind = failures, kind
    fetch("tiny", tmp_path / "out", catalog)
    assert verify(tmp_path / "out", "tiny", catalog) == []
    # two.png goes by another name there
    assert server.asked == {"/tiny/one.png": failures + 1, "/tiny/second.png": failures + 1}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("503", "one.png answered 503"),
        ("cut", "one.png failed (ChunkedEncodingError)"),
        ("wrong", "one.png gave other bytes than the catalogue's sha256"),
    ],
)
def test_url_that_keeps_failing(tmp_path: Path, server: Server, kind: str, reason: str) -> None:
    catalog = served_catalog(server)
    server.failures, server.kind = 99, kind
    with pytest.raises(InputError) as caught:
        fetch("tiny", tmp_path / "out", catalog)
    assert f"{server.url}/{reason}; set MEMNET_MIRROR" in str(caught.value)
    assert server.asked == {"/tiny/one.png": 3}
    assert names(tmp_path / "out") == []


def test_mirror_without_the_file_falls_through_to_the_url(tmp_path: Path, server: Server) -> None:
    catalog = served_catalog(server)
    (tmp_path / "empty").mkdir()
    fetch("tiny", tmp_path / "out", catalog, tmp_path / "empty")
    assert verify(tmp_path / "out", "tiny", catalog) == []


def test_verify_reports_one_sentence_a_file(tmp_path: Path, mirror: Path) -> None:
    catalog, out = catalog_of(mirror), tmp_path / "out"
    fetch("both", out, catalog, mirror)
    flip_byte(out / "one.png")
    (out / "two.png").unlink()
    (out / "notes.txt").touch()
    wrong, missing, extra = verify(out, "both", catalog)
    assert wrong.startswith(f"{out / 'one.png'} must have sha256 ")
    assert missing == f"{out / 'two.png'} is missing; fetch both again"
    assert extra == f"{out / 'notes.txt'} does not belong to both; remove it"
    assert len(verify(tmp_path / "nothing", "both", catalog)) == 3


@pytest.mark.parametrize("dataset", ["bundled-train", "bundled-test"])
def test_bundled_photographs_are_in_the_installed_packages(tmp_path: Path, dataset: str) -> None:
    catalog = load_catalog()
    fetch(dataset, tmp_path, catalog)
    assert verify(tmp_path, dataset, catalog) == []


def test_package_that_is_not_installed_or_lacks_the_file(tmp_path: Path, mirror: Path) -> None:
    catalog = catalog_of(mirror)
    text = (
        catalog.registries["tiny"]
        .read_text()
        .replace(
            "[{mirror: more}]",
            "[{package: no_such_package, path: data}, {package: skimage, path: data}]",
        )
    )
    catalog.registries["tiny"].write_text(text)
    with pytest.raises(InputError) as caught:
        fetch("more", tmp_path / "out", load_catalog(catalog.registries["tiny"]))
    assert str(caught.value) == (
        "three.png of more could not be had from any source: package no_such_package is not "
        "installed; no data/three.png in package skimage; "
        'pip install "memnet[pipeline]" at the versions of requirements.lock'
    )


@pytest.mark.mirror
@pytest.mark.skipif("MEMNET_MIRROR" not in os.environ, reason="needs MEMNET_MIRROR=<folder>")
def test_mirror_holds_every_dataset(tmp_path: Path) -> None:
    catalog = load_catalog()
    for dataset in (entry for entry in catalog if entry.sources):
        fetch(dataset.id, tmp_path / dataset.id, catalog, os.environ["MEMNET_MIRROR"])
        assert verify(tmp_path / dataset.id, dataset.id, catalog) == []


@pytest.mark.network
@pytest.mark.parametrize("dataset", ["set5", "arcnn"])
def test_pinned_urls(tmp_path: Path, dataset: str) -> None:
    catalog = load_catalog()
    fetch(dataset, tmp_path, catalog)
    assert verify(tmp_path, dataset, catalog) == []
