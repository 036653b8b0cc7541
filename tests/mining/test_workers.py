"""Both engines: the same rows; a worker or a node that dies costs nothing that a rerun, or Ray, does not do again."""

from __future__ import annotations

import hashlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from scrapers.mining.attempts import PART
from scrapers.mining.local_workers import mine_locally
from scrapers.mining.mined_file import parquet_name
from scrapers.mining.ray_workers import NoCluster, mine_on_ray
from scrapers.mining.run import MiningReport, mine_archives
from scrapers.mining.warc_files import warc_files
from tests.support.generated_warcs import EXCHANGE, EXCHANGE_EN, EXCHANGE_RU, Written, article, members

TEXTS = 15
NOT_STARTED = """Initialization failure from server:
Traceback (most recent call last):
  File "/opt/ray/proxier.py", line 1, in Datapath
    raise RuntimeError(
RuntimeError: Starting Ray client server failed.
"""


@pytest.fixture(scope="module")
def warcs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six files, one of them torn; each takes a worker some tenths of a second."""
    folder = tmp_path_factory.mktemp("warcs")
    for number in range(6):
        parts = members(
            Written(
                f"https://visnyk.example/{number}/{page}",
                article((EXCHANGE, EXCHANGE_RU, EXCHANGE_EN)[page % 3], f"Обмін {page}").encode(),
            )
            for page in range(TEXTS)
        )
        (folder / f"{number}.warc.gz").write_bytes(b"".join(parts)[: -9 if number == 5 else None])
    return folder


def locally(warcs: Path, out: Path, workers: int = 2) -> MiningReport:
    return mine_archives(
        [str(warcs)], out, lambda files, folder: mine_locally(files, folder, workers), lambda *_: None
    )


def on_ray(warcs: Path, out: Path, address: str | None) -> MiningReport:
    return mine_archives(
        [str(warcs)], out, lambda files, folder: mine_on_ray(files, folder, address, 2), lambda *_: None
    )


def hashes(out: Path) -> dict[str, str]:
    """By the content of each Parquet file: rows and report."""
    found = {}
    for path in sorted(out.glob("*.parquet")):
        content = repr((pq.read_table(path).to_pylist(), pq.read_metadata(path).metadata[b"obmin"])).encode()
        found[path.name] = hashlib.sha256(content).hexdigest()
    return found


@pytest.fixture(scope="module")
def expected(warcs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    out = tmp_path_factory.mktemp("expected")
    report = locally(warcs, out)
    assert (report.mined, report.failures, len(report.damaged())) == (6, [], 1)
    assert report.sums()["texts"] == 6 * TEXTS - 1
    return hashes(out)


def test_one_worker_writes_what_two_write(warcs: Path, expected: dict[str, str], tmp_path: Path) -> None:
    locally(warcs, tmp_path, workers=1)
    assert hashes(tmp_path) == expected


def test_a_killed_worker_costs_one_file_and_one_sentence_and_a_rerun_does_it(
    warcs: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    killed: list[str] = []

    def kill_the_first() -> None:
        while not killed:
            for partial in tmp_path.glob(f"*{PART}"):
                name, _, pid = partial.name.removesuffix(PART).rpartition(".")
                os.kill(int(pid), signal.SIGKILL)
                killed.append(name)
                return
            time.sleep(0.01)

    killer = threading.Thread(target=kill_the_first)
    killer.start()
    report = locally(warcs, tmp_path)
    killer.join()
    lost = next(file for file in warc_files([str(warcs)])[0] if parquet_name(file) == killed[0])
    assert report.failures == [
        f"The worker that mined {lost.name} was killed by SIGKILL; free memory or take fewer workers, then run again: "
        "all other files are done."
    ]
    assert report.mined == 5
    assert hashes(tmp_path) == {name: value for name, value in expected.items() if name != killed[0]}
    assert list(tmp_path.glob(f"*{PART}")) == []
    again = locally(warcs, tmp_path)
    assert (again.mined, again.done_before, again.failures) == (1, 5, [])
    assert hashes(tmp_path) == expected


def test_workers_end_with_a_command_that_is_killed(warcs: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "orchestration.cli",
        "mine",
        str(warcs),
        "--out",
        str(tmp_path),
        "--workers",
        "2",
    ]
    process = subprocess.Popen(command, env={**os.environ, "OBMIN_DATA": str(tmp_path / "data")})
    while not (partial := next(tmp_path.glob(f"*{PART}"), None)):
        assert process.poll() is None
        time.sleep(0.01)
    worker = int(partial.name.removesuffix(PART).rpartition(".")[2])
    descriptor = os.pidfd_open(worker)
    process.kill()
    process.wait()
    assert select.select([descriptor], [], [], 60)[0]  # readable: it has ended
    os.close(descriptor)
    # What it left half written is no hindrance.
    assert locally(warcs, tmp_path).failures == []


@pytest.fixture(scope="module")
def ray_head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Ray of its own process, as a cluster's head: the address for Ray's clients."""
    folder = tmp_path_factory.mktemp("ray", numbered=False)
    with ExitStack() as held:
        free = [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(3)]
    port, client_port, agent_port = free
    ray = [sys.executable, "-m", "ray.scripts.scripts"]
    # Without a port for its agent, the head of Ray 2.60 tells clients that it is at port 0.
    arguments = ["start", "--head", "--block", "--num-cpus=2", "--include-dashboard=false", "--disable-usage-stats",
                 f"--port={port}", f"--ray-client-server-port={client_port}", f"--runtime-env-agent-port={agent_port}"]  # fmt: skip
    # On a busy machine a client's server starts in more than the 30 s that Ray waits for it.
    environment = {**os.environ, "RAY_CLIENT_SERVER_CHECK_CHANNEL_TIMEOUT_S": "180"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*ray, *arguments], env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_for(client_port, process, folder / "log")
            yield f"ray://127.0.0.1:{client_port}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # asked to end, it takes half a minute
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until clients are answered and the head has started all of its parts: on a busy machine that comes later."""
    while process.poll() is None:
        with socket.socket() as tried:
            if not tried.connect_ex(("127.0.0.1", port)) and b"Ray runtime started" in log.read_bytes():
                return
        time.sleep(0.05)
    raise AssertionError("Ray did not start")


def test_ray_writes_what_local_workers_write(warcs: Path, expected: dict[str, str], tmp_path: Path) -> None:
    report = on_ray(warcs, tmp_path, None)
    assert (report.mined, report.failures, len(report.damaged())) == (6, [], 1)
    assert hashes(tmp_path) == expected


def test_a_cluster_is_reached_by_the_same_call(
    warcs: Path, expected: dict[str, str], tmp_path: Path, ray_head: str
) -> None:
    environment = {**os.environ, "OBMIN_RAY": ray_head, "OBMIN_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-m", "orchestration.cli", "mine", str(warcs), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr  # for the torn file
    assert done.stderr.count("\n") == 1
    assert "6 WARC files mined" in done.stdout, done.stderr
    assert hashes(tmp_path / "out") == expected


def test_a_head_that_fails_to_start_a_client_s_server_is_asked_again(
    warcs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    real, times = ray.init, iter([1, 2])

    def init(*arguments: Any, **named: Any) -> Any:
        if next(times, None):
            raise ConnectionAbortedError(NOT_STARTED)
        return real(*arguments, **named)

    monkeypatch.setattr(ray, "init", init)
    assert on_ray(warcs, tmp_path, None).mined == 6


def test_a_head_that_never_starts_it_is_told_by_the_error_at_the_end_of_its_traceback(
    warcs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    asked: list[int] = []

    def init(*_: Any, **__: Any) -> None:
        asked.append(1)
        raise ConnectionAbortedError(NOT_STARTED)

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(NoCluster) as raised:
        on_ray(warcs, tmp_path, "ray://head:10001")
    assert len(asked) == 3
    assert str(raised.value) == (
        "The Ray cluster at ray://head:10001 can't be reached: RuntimeError: Starting Ray client server failed. "
        "Look at OBMIN_RAY and the cluster, or take --engine local."
    )


def test_a_run_ends_though_one_of_two_nodes_is_killed(
    warcs: Path, expected: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ray.cluster_utils import Cluster

    cluster = Cluster(True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        second = cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        files, _, _ = warc_files([str(warcs)])
        attempts = mine_on_ray(files, tmp_path, cluster.address, None)
        done = [next(attempts)]
        cluster.remove_node(second, allow_graceful=False)
        done += attempts
    finally:
        cluster.shutdown()
    assert [attempt.fault for attempt in done] == [""] * 6
    assert hashes(tmp_path) == expected
