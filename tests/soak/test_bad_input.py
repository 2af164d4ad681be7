"""Bad input by the hundred: every answer is a result or a sentence, and nothing else is touched."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import memnet.cli
from memnet.models.config import MemNetConfig
from memnet.models.network import build_network
from memnet.pretrained.authors import CONVERTERS
from memnet.results.networks import write_converted
from pipelines import convert, report
from tests.models.authors_files import write_arcnn, write_dncnn, write_lapsrn, write_vdsr
from tests.models.caffe_files import write_caffemodel
from tests.pipelines.test_stages import PARAMS
from tests.projects import IMAGES, make_project
from tests.soak.corpus import MARK, NAMES, PICKLE, SCALARS, WHOLE, bad_images, damaged
from tests.soak.isolated import Ending, import_everything, isolated
from tests.soak.tally import Tally

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]
SR = ("--task", "super_resolution", "--scale", "2")
MINE = ("--method", "mine", "--device", "cpu")
SHARE = 0.05  # of the soak's minutes, for each test here but the judge's
DRAWS = 400  # of each of them where time is not short
TimeLeft = Callable[[float], Callable[[], bool]]


class Bench:
    """A small project, its commands, and what they may touch.

    That is `out/`, and `.scratch/` where `memnet score` keeps what it fetches.
    """

    def __init__(self, folder: Path, streams: Path, tally: Tally) -> None:
        self.folder, self.tally, self._streams = folder, tally, streams
        self._before = self._files()

    def memnet(self, what: str, *argv: str, writes: tuple[str, ...] = ("out",)) -> Ending:
        """Run a command of `memnet`; `what` says what is bad about it."""

        def call() -> None:
            sys.argv = ["memnet", *argv]
            memnet.cli.main()

        return self.run(f"memnet {argv[0]}", what, call, writes)

    def run(
        self,
        command: str,
        what: str,
        call: Callable[[], object],
        writes: tuple[str, ...] = ("out",),
    ) -> Ending:
        """Run and judge a call that may write into the folders `writes`."""
        (self.folder / "out").mkdir(exist_ok=True)
        ending = isolated(call, self.folder, self._streams)
        self.tally.inputs[command] += 1
        if ending.fault:
            self.tally.tracebacks.append(f"{command}, {what}: {ending.fault}")
        after = self._files()
        touched = {
            name
            for name in after.keys() | self._before.keys()
            if after.get(name) != self._before.get(name)
            and not name.startswith((*writes, ".scratch/"))
        }
        if touched:
            self.tally.escapes.append(f"{command}, {what}: {sorted(touched)}")
        shutil.rmtree(self.folder / "out")
        self._before = self._files()
        return ending

    def put(self, place: str, content: bytes) -> Path:
        """Write a file that is input from now on."""
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self._before = self._files()
        return path

    def clear(self, place: str) -> None:
        """Remove a folder of input."""
        shutil.rmtree(self.folder / place, ignore_errors=True)
        self._before = self._files()

    def _files(self) -> dict[str, tuple[int, int]]:
        """Size and time of every file of the project and around it."""
        return {
            str(path.relative_to(self.folder)): (path.stat().st_size, path.stat().st_mtime_ns)
            for path in self.folder.rglob("*")
            if path.is_file()
        } | {f"../{path.name}": (0, 0) for path in self.folder.parent.iterdir()}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally) -> Iterator[Bench]:
    """A project with the dataset `tiny` and the network `mine`; what it counts must stay zero."""
    import_everything()
    folder, streams = tmp_path / "around" / "project", tmp_path / "streams"
    folder.mkdir(parents=True)
    streams.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("TMPDIR", str(streams))
    make_project(folder, monkeypatch)
    (folder / "params.yaml").write_text(PARAMS)
    mine = folder / "results/methods/mine"
    mine.mkdir(parents=True)
    write_converted(mine, "mine", {"super_resolution": None, "denoising": None}, small(), {})
    before = len(tally.tracebacks), len(tally.escapes)
    yield Bench(folder, streams, tally)
    assert tally.tracebacks[before[0] :] == []
    assert tally.escapes[before[1] :] == []
    assert not (folder / MARK).exists()


def small() -> torch.nn.Module:
    """A MemNet that takes no time."""
    config = MemNetConfig(
        num_memory_blocks=2, num_recursions=1, num_features=4, multi_supervised=True,
        long_term=True, short_term=True, initialization="zero_residual",
    )  # fmt: skip
    return build_network(config).eval()


def through_every_command(bench: Bench, what: str, image: str) -> None:
    """One bad image to each command that reads images."""
    data = bench.folder.joinpath(image).read_bytes()
    good = f"images/tiny/{IMAGES[0]}.png"
    bench.memnet(what, "restore", image, *SR, *MINE, "--out", "out/restored.png")
    bench.memnet(what, "degrade", image, *SR, "--out", "out/degraded.png")
    bench.memnet(what, "explain", image, good, "--scale", "2")
    bench.memnet(what, "explain", good, image, "--scale", "2")
    bench.put(f"results/restored/{IMAGES[0]}.png", data)
    bench.put(f"results/restored/{IMAGES[1]}.png", data)
    bench.memnet(what, "score", "results/restored", *SR, "--dataset", "tiny")
    bench.put("new/image.png", data)
    bench.memnet(what, "dataset", "add", "new", "new", writes=("out", "datasets/"))
    bench.put("datasets/own/registry.yaml", bench.folder.joinpath("registry").read_bytes())
    bench.folder.joinpath("datasets/own/hashes/new.txt").unlink(missing_ok=True)


def test_bad_images(bench: Bench, time_left: TimeLeft) -> None:
    bench.put("registry", bench.folder.joinpath("datasets/own/registry.yaml").read_bytes())
    go_on = time_left(SHARE)
    for what, data in bad_images():
        if not go_on():
            return
        bench.put("bad/image.png", data)
        through_every_command(bench, what, "bad/image.png")


def test_images_damaged_at_random(bench: Bench, time_left: TimeLeft) -> None:
    go_on, generator = time_left(SHARE), np.random.RandomState(0)
    for draw in range(DRAWS):
        if not go_on():
            return
        kind = sorted(WHOLE)[draw % len(WHOLE)]
        bench.put("bad/image.png", damaged(WHOLE[kind], generator))
        what = f"{kind} damaged, draw {draw}"
        bench.memnet(what, "restore", "bad/image.png", *SR, *MINE, "--out", "out/x.png")
        bench.memnet(what, "degrade", "bad/image.png", *SR, "--out", "out/x.png")


def test_names_of_files(bench: Bench, time_left: TimeLeft) -> None:
    go_on = time_left(SHARE)
    for name in NAMES:
        if not go_on():
            return
        bench.clear("named")
        bench.put(f"named/{name}", WHOLE["png"])
        bench.memnet(name, "restore", "named", *SR, *MINE, "--out", "out")
        bench.memnet(name, "restore", f"named/{name}", *SR, *MINE, "--out", "out")
        bench.memnet(name, "degrade", "named", *SR, "--out", "out")
        bench.memnet(name, "explain", "named", "named", "--scale", "2")
        bench.memnet(name, "score", "named", *SR, "--dataset", "tiny")
        bench.memnet(name, "dataset", "add", "new", "named", writes=("out", "datasets/"))
        bench.memnet(name, "score", "named", *SR, "--dataset", "new")
        (bench.folder / "datasets/own/hashes/new.txt").unlink(missing_ok=True)


def test_names_that_are_arguments(bench: Bench, time_left: TimeLeft) -> None:
    go_on = time_left(SHARE)
    names = [
        *NAMES,
        "",
        ".",
        "..",
        "../out",
        "/",
        "/etc/passwd",
        "tiny/../../x",
        "\x00"[:0],
        "x" * 5000,
    ]
    for name in names:
        if not go_on():
            return
        bench.memnet(name, "dataset", "add", name, "images/tiny")
        bench.memnet(name, "score", "images/tiny", *SR, "--dataset", name)
        bench.memnet(name, "score", *SR, "--dataset", "tiny", "--method", name)
        bench.memnet(name, "score", *SR, "--dataset", "tiny", "--method", f"{name}:{name}")
        bench.memnet(name, "restore", name, *SR, *MINE, "--out", "out/x.png")
        bench.memnet(name, "restore", "images/tiny", *SR, "--method", name, "--out", "out")
        bench.memnet(name, "release", name)
        bench.memnet(name, "degrade", name, *SR, "--out", "out/x.png")
        bench.memnet(name, "pack", "--set", name, "--out", "out/x.pack")


def test_weights_and_records_damaged_at_random(bench: Bench, time_left: TimeLeft) -> None:
    go_on, generator = time_left(SHARE), np.random.RandomState(0)
    for name in ("model.safetensors", "run.json"):
        place = f"results/methods/mine/{name}"
        good = (bench.folder / place).read_bytes()
        header = good[:2000]  # where the names and shapes are
        bad = [PICKLE, b"", good[:-1], good + PICKLE, b"\xff" * 64, b"{}", b"[" * 100_000]
        bad += [damaged(header, generator) + good[2000:] for _ in range(DRAWS // 2)]
        for draw, data in enumerate(bad):
            if not go_on():
                break
            bench.put(place, data)
            bench.memnet(
                f"{name}, case {draw}",
                *("restore", "images/tiny/bird.png", *SR, *MINE, "--out", "out/x.png"),
            )
        bench.put(place, good)


def test_records_with_other_values(bench: Bench, time_left: TimeLeft) -> None:
    go_on = time_left(SHARE)
    place = "results/methods/mine/run.json"
    good = json.loads((bench.folder / place).read_text())
    values = (None, -1, float("inf"), float("nan"), [], {}, "x", 10**9, True, "../..", [{}])
    for value, where in product(values, _places(good)):
        if not go_on():
            return
        bench.put(place, json.dumps(_changed(good, where, value)).encode())
        bench.memnet(
            f"{'.'.join(where)} is {value}",
            *("restore", "images/tiny/bird.png", *SR, *MINE, "--out", "out/x.png"),
        )


def _places(record: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Every key of a record, and every key of what lies in it."""
    for key, value in record.items():
        yield (key,)
        if isinstance(value, dict):
            yield from ((key, *inner) for inner in _places(value))


def _changed(record: dict[str, Any], where: tuple[str, ...], value: object) -> dict[str, Any]:
    """The record with another value in one place."""
    key, *inner = where
    return record | {key: _changed(record[key], tuple(inner), value) if inner else value}


def test_files_of_other_programs(bench: Bench, time_left: TimeLeft) -> None:
    go_on, generator = time_left(SHARE), np.random.RandomState(0)
    write_caffemodel(bench.folder / "good.caffemodel", small())
    good = (bench.folder / "good.caffemodel").read_bytes()
    for draw, data in enumerate(_bad(good, generator)):
        if not go_on():
            return
        bench.put("bad.caffemodel", data)
        bench.memnet(
            f"caffemodel, case {draw}",
            *("restore", "images/tiny/bird.png", *SR, "--method", "bad.caffemodel"),
            *("--device", "cpu", "--out", "out/x.png"),
        )
    authors = bench.folder / "authors"
    authors.mkdir()
    write_vdsr(authors, generator)
    write_dncnn(authors, generator)
    write_arcnn(authors, generator, 10)
    write_lapsrn(authors, generator, 2)
    for method, pattern in (
        ("vdsr-official", "VDSR*.mat"), ("dncnn3", "DnCNN3.mat"),
        ("arcnn", "*q10*"), ("lapsrn", "*x2*"),
    ):  # fmt: skip
        assert method in CONVERTERS
        (path,) = authors.glob(pattern)
        good = path.read_bytes()
        for draw, data in enumerate(_bad(good, generator)):
            if not go_on():
                return
            bench.put(f"authors/{path.name}", data)
            bench.run(
                "stage convert",
                f"{path.name}, case {draw}",
                lambda method=method: convert.main(
                    ["--method", method, "--raw", "authors", "--out", f"out/{method}"]
                ),
            )
        bench.put(f"authors/{path.name}", good)


def _bad(good: bytes, generator: np.random.RandomState) -> Iterator[bytes]:
    yield from (b"", PICKLE, good[: len(good) // 2], good[:-1], b"\xff" * 4096)
    for _ in range(DRAWS // 8):
        header = damaged(good[:3000], generator)
        yield header + good[3000:]


def test_yaml(bench: Bench, time_left: TimeLeft) -> None:
    go_on, generator = time_left(SHARE), np.random.RandomState(0)
    num_lines = len(PARAMS.splitlines())
    for draw in range(DRAWS):
        if not go_on():
            return
        lines = PARAMS.splitlines()
        number, value = generator.randint(num_lines), SCALARS[draw % len(SCALARS)]
        key, colon, _ = lines[number].partition(":")
        lines[number] = f"{key}: {value}" if colon else value
        bench.put("params.yaml", "\n".join(lines).encode())
        bench.run(
            "params.yaml", f"{lines[number]!r}",
            lambda: report.main(["--out", "out/html", "--summary", "out/summary.csv"]),
            ("out", "mlflow.db", "mlruns"),
        )  # fmt: skip
        registry = (bench.folder / "datasets/own/registry.yaml").read_text()
        lines = registry.splitlines()
        number = generator.randint(len(lines))
        key, colon, _ = lines[number].partition(":")
        lines[number] = f"{key}: {value}" if colon else value
        bench.put("datasets/own/registry.yaml", "\n".join(lines).encode())
        bench.memnet(f"registry, {lines[number]!r}", "dataset", "list")
        bench.put("datasets/own/registry.yaml", registry.encode())


def test_the_judge(bench: Bench) -> None:
    # Zeros mean nothing unless it sees a traceback, a signal, silence, an escape, a lack of memory.
    tally, bench.tally = bench.tally, Tally()
    for call in (lambda: 1 // 0, lambda: 3, os.abort, lambda: np.ones(2**31, np.uint8)):
        bench.run("a", "bad", call)
    bench.run("a", "writes elsewhere", Path("../elsewhere").touch)
    bench.run("a", "is fine", lambda: 0)
    assert [what.split(": ")[1] for what in bench.tally.tracebacks] == [
        "traceback", "exit code 3 without a word", "ended by SIGABRT", "traceback"
    ]  # fmt: skip
    assert bench.tally.escapes == ["a, writes elsewhere: ['../elsewhere']"]
    bench.tally = tally
