"""The store that docs/scaling.md proposes: `mlflow server` over PostgreSQL, on this machine."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from urllib.request import urlopen

import pytest

from memnet.results.rows import cross_check
from memnet.tracking import LiveRun, read_results
from memnet.tracking.collect import collect_records, summarise_records
from tests.tracking_files import active_runs, make_params, results, track

__all__ = ["results"]
pytestmark = pytest.mark.slow
PASSWORD = "open-sesame-1001"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str) -> str:
    """A program of PostgreSQL, which Debian keeps off the PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    found = shutil.which(name) or next((str(p / name) for p in reversed(places)), None)
    if found is None:
        pytest.skip(f"needs PostgreSQL ({name})")
    return found


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """URI of a new database in a folder of its own; it refuses to run as root."""
    pytest.importorskip("psycopg2", reason="needs `pip install psycopg2-binary`")
    initdb, pg_ctl = program("initdb"), program("pg_ctl")
    user = {"user": "postgres"} if os.getuid() == 0 else {}
    if user and not any(entry.pw_name == "postgres" for entry in pwd.getpwall()):
        pytest.skip("needs a user named postgres, or not to be root")
    with TemporaryDirectory(prefix="memnet-pg-") as folder:
        root = Path(folder)
        (root / "password").write_text(PASSWORD)
        for path in (root, root / "password"):
            if user:
                shutil.chown(path, "postgres")
        data, port = str(root / "data"), free_port()

        def run(*command: str) -> None:
            subprocess.run(
                command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=120, **user
            )

        run(initdb, "-D", data, "-U", "memnet", "-A", "scram-sha-256", "--pwfile=password",
            "--no-sync", "-E", "UTF8")  # fmt: skip
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        run(pg_ctl, "-D", data, "-l", "log", "-w", "-o", f"{options} -c fsync=off", "start")
        try:
            yield f"postgresql+psycopg2://memnet:{PASSWORD}@127.0.0.1:{port}/postgres"
        finally:
            run(pg_ctl, "-D", data, "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an MLflow server over the database."""
    folder = tmp_path_factory.mktemp("server")
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [
        sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--artifacts-destination", str(folder / "artifacts"),
    ]  # fmt: skip
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "MLFLOW_BACKEND_STORE_URI": database},
        )  # fmt: skip
    try:
        deadline = monotonic() + 120
        while monotonic() < deadline:
            try:
                urlopen(f"{address}/api/2.0/mlflow/experiments/get?experiment_id=0", timeout=60)
                break
            except OSError:
                assert process.poll() is None, (folder / "log").read_text()
                sleep(0.5)
        yield address
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 15)  # the server and its workers
        process.wait(timeout=30)


def test_a_server_over_postgresql_keeps_every_promise(
    results: Path, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.artifacts import download_artifacts

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")  # as the machine may be busy
    live = LiveRun("memnet-denoise", "denoising", "laptop", server)
    live.log(10, {"loss": 0.5})
    assert [run.info.status for run in active_runs(server)] == ["RUNNING"]
    assert {outcome for _, outcome in track(results, server)} == {"made"}
    assert {outcome for _, outcome in track(results, server)} == {"kept"}
    runs = active_runs(server)
    assert sorted(run.data.tags["kind"] for run in runs) == ["evaluation"] * 3 + ["method"] * 3
    cross_check(
        read_results(make_params(), server),
        summarise_records(collect_records(make_params(), results)),
    )
    (method,) = (run for run in runs if run.info.run_name == "memnet-denoise")
    folder = Path(
        download_artifacts(
            artifact_uri=method.info.artifact_uri, dst_path=str(tmp_path), tracking_uri=server
        )
    )
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"run.json", "history.csv", "rows.csv", "rows.json"} <= {path.name for path in files}
    texts = [text for run in runs for text in (*run.data.tags.values(), *run.data.params.values())]
    texts += [path.read_bytes().decode(errors="replace") for path in files]
    assert not [text for text in texts if PASSWORD in text or str(tmp_path) in text]


def test_two_clones_at_once_do_not_disturb_each_other(
    results: Path, server: str, tmp_path: Path
) -> None:
    params = make_params("clones")
    command = (
        "import sys; from pathlib import Path; import tests.tracking_files as t;"
        "t.track(Path('results'), sys.argv[1], t.make_params('clones'))"
    )

    def clone(name: str) -> str:
        shutil.copytree(results, tmp_path / name / "results")
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        environment["MLFLOW_HTTP_REQUEST_TIMEOUT"] = "60"
        return subprocess.run(
            [sys.executable, "-c", command, server], cwd=tmp_path / name, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200,
        ).stdout  # fmt: skip

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(clone, ("a", "b"))) == ["", ""]
    cross_check(read_results(params, server), summarise_records(collect_records(params, results)))
    assert {outcome for _, outcome in track(results, server, params)} == {"kept"}
    ours = [run for run in active_runs(server) if run.data.tags["profile"] == "clones"]
    assert len(ours) == 6  # what both had made is there once
