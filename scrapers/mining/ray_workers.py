"""The engine `ray`: files are mined by tasks of a Ray cluster, or of a Ray that is started on this machine.

A node needs Obmin of the same version with its extra `ray`, and must be able to read the files. It writes nothing
that others see: the Parquet file comes back as bytes, so nodes share no disk. Ray runs a dead node's tasks again.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tenacity

from scrapers.errors import ObminError
from scrapers.mining.attempts import PART, Attempt, mine_into
from scrapers.mining.mined_file import mining_version, parquet_name
from scrapers.mining.warc_files import WarcFile

# Ray runs a task again so many times whose worker or node died.
RETRIES = 3
# A busy head may fail to start the server of one client; so many times it is asked to.
CONNECTIONS = 3
# Tasks for each processor: one that runs, one that waits. More results would only fill the cluster's memory.
TASKS_OF_CPU = 2


class NoCluster(ObminError):
    """The Ray cluster can't be reached, or has no processor."""


def mine_on_ray(
    files: Sequence[WarcFile], folder: Path, address: str | None, workers: int | None
) -> Iterator[Attempt]:
    """Each file's attempt, in the order in which they end. The folder must exist; it is on this machine.

    ``address`` is the cluster's, as in Ray's documentation; None starts one here, with ``workers`` processors. Raises
    NoCluster, and OSError when the folder can't be written.
    """
    import ray

    _connect(address, workers)
    try:
        processors = int(ray.cluster_resources().get("CPU", 0))
        if not processors:
            raise NoCluster(
                f"The Ray cluster at {address} has no processor; start a node (`ray start`), then run again."
            )
        task = ray.remote(num_cpus=1, max_retries=RETRIES)(mine_on_node)
        waiting = list(reversed(files))
        running: dict[Any, WarcFile] = {}
        while waiting or running:
            while waiting and len(running) < TASKS_OF_CPU * processors:
                file = waiting.pop()
                running[task.remote(file, mining_version())] = file
            ended, _ = ray.wait(list(running), num_returns=1)
            for reference in ended:
                yield _taken(ray, reference, running.pop(reference), folder)
    finally:
        ray.shutdown()


def mine_on_node(file: WarcFile, version: str) -> tuple[Attempt, bytes]:
    """What a task does: the attempt, and the Parquet file's bytes, none where it failed."""
    if version != mining_version():
        fault = f"A node of the cluster has another version of Obmin ({mining_version()}, not {version}); update it."
        return Attempt(file, fault=fault), b""
    with tempfile.TemporaryDirectory() as folder:
        attempt = mine_into(file, Path(folder), "task")
        return attempt, (Path(folder) / parquet_name(file)).read_bytes() if attempt.report else b""


def _connect(address: str | None, workers: int | None) -> None:
    import ray

    # Nothing of Ray's own belongs on a command's standard error.
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL}
    if address is None:
        quiet |= {"include_dashboard": False, "num_cpus": workers}
    # Ray's client raises ConnectionAbortedError where a head answered and then could not start the client's server.
    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(ConnectionAbortedError),
        stop=tenacity.stop_after_attempt(CONNECTIONS),
        reraise=True,
    )
    try:
        with warnings.catch_warnings(action="ignore"):
            attempts(ray.init, address or "local", **quiet)
    except (ConnectionError, TimeoutError, ValueError, RuntimeError) as error:
        reason = _reason(error)
        where = f"The Ray cluster at {address} can't be reached" if address else "Ray can't be started here"
        raise NoCluster(f"{where}: {reason}. Look at OBMIN_RAY and the cluster, or take --engine local.") from error


def _taken(ray: Any, reference: Any, file: WarcFile, folder: Path) -> Attempt:
    """A task's result, its Parquet file renamed to its place."""
    try:
        attempt, content = ray.get(reference)
    except ray.exceptions.RayError as error:
        reason = _reason(getattr(error, "cause", None) or error)
        return Attempt(
            file, fault=f"{file.name} was not mined: {reason}. Look at the cluster's nodes, then run again."
        )
    if attempt.report is not None:
        destination = folder / parquet_name(file)
        partial = destination.with_name(f"{destination.name}.ray{PART}")
        partial.write_bytes(content)
        partial.replace(destination)
    return Attempt(file, attempt.report, attempt.fault)


def _reason(error: BaseException) -> str:
    """What Ray says of a fault, in one line; of a traceback that it passes on, the error at its end."""
    said = str(error)
    if "Traceback (most recent call last)" in said:
        said = said.rstrip().rpartition("\n")[2]
    return " ".join(said.split())[:160].rstrip(".")
