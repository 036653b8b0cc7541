"""`make bench-live`: the live profile over every source of the registry, ten of which are broken, from a server that
stands for the web. It measures the time until the others' exchanges are published, and the memory of all processes.

The peer is the same run, in which the ten refuse at once.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.settings import KYIV, PROJECT
from scrapers.registry import get_source, load_registry
from tests.bench.size import sized
from tests.faults.attack import Answer, Asked, Reply
from tests.faults.hostile_web import Part, serving
from tests.faults.pages import WIRES, Post, Story, channel, exchange_text, newswire
from tests.support.child_processes import OBMIN_RUN_LIVE, stop_children_when_terminated

SOURCE_SECONDS = sized(30, 12)
SECONDS, MIB = 60, 600  # the targets, at the full limit
BLOCKED = ("president_uk", "president_en", "mod", "dpsu", "wam")
HANGING, TRICKLING, GARBAGE = ("gur_uk", "ombudsman"), ("koordshtab", "uae_mofa"), ("suspilne",)
RECORDED = PROJECT / "tests" / "scrapers" / "pages"
is_over = threading.Event()


def blocked(_: Asked) -> Reply:
    return Reply("<html><title>Access denied</title></html>", 403)


def hanging(_: Asked) -> Reply:
    is_over.wait()
    return Reply()


def trickling(asked: Asked) -> None:
    asked.handler.send_response(200)
    asked.handler.send_header("Content-Length", "100000")
    asked.handler.end_headers()
    while not is_over.wait(0.1):
        asked.handler.wfile.write(b"x")
        asked.handler.wfile.flush()


def garbage(_: Asked) -> Reply:
    return Reply(bytes(range(256)) * 400)


def recorded(asked: Asked) -> Reply:
    """The listing of this source's parser tests, for every request; a channel without news."""
    if get_source(asked.source_id).parser == "telegram":
        return channel(asked, [])
    pages = sorted((RECORDED / asked.source_id).glob("list.*"))
    return Reply(pages[0].read_bytes()) if pages else Reply("", 404)


def healthy(released: int) -> Answer:
    """A source that reports an exchange on its own day."""

    def answer(asked: Asked) -> Reply:
        if asked.source_id in WIRES:
            title = f"Додому повернулися {released} українських воїнів"
            return newswire(asked, [Story(900_001, title, f"<p>{exchange_text(released)}</p>")])
        return channel(asked, [Post(1001, asked.at(), exchange_text(released))])

    return answer


def broken() -> dict[str, Answer]:
    ways: list[tuple[tuple[str, ...], Callable[[Asked], Reply | None]]] = [
        (BLOCKED, blocked), (HANGING, hanging), (TRICKLING, trickling), (GARBAGE, garbage),
    ]  # fmt: skip
    return {source: way for sources, way in ways for source in sources}


class Memory(threading.Thread):
    """The peak memory of a process and all its children, in MiB, shared memory in proportion (PSS)."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.most = 0.0

    def run(self) -> None:
        while self._process.poll() is None:
            self.most = max(self.most, sum(map(_mib, _with_children(self._process.pid))))
            time.sleep(0.2)


def _with_children(pid: int) -> list[int]:
    try:
        found = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []
    return [pid, *(one for child in found for one in _with_children(child))]


def _mib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def measured(answers: dict[str, Answer], expected: dict[date, int]) -> tuple[float, float, int]:
    """Seconds until the expected exchanges are published, the peak memory in MiB, and the command's status."""
    parts = {source: Part(answer, _day_of(source)) for source, answer in answers.items()}
    is_over.clear()
    with tempfile.TemporaryDirectory() as folder, serving(parts) as (_, address):
        environment = {
            **os.environ, "OBMIN_DATA": folder, "OBMIN_REPLAY": address, "OBMIN_SOURCE_SECONDS": str(SOURCE_SECONDS),
            "OBMIN_CONTACT": "tests@example.org",
        }  # fmt: skip
        published, seconds = Path(folder) / "live" / "obmin.duckdb", float("inf")
        began = time.monotonic()
        with (
            (Path(folder) / "sentence").open("wb") as sentence,
            subprocess.Popen(
                OBMIN_RUN_LIVE, cwd=PROJECT, env=environment, stdout=sentence, stderr=sentence
            ) as process,
        ):
            memory = Memory(process)
            memory.start()
            while process.poll() is None:
                if seconds == float("inf") and published.exists():
                    seconds = time.monotonic() - began
                time.sleep(0.1)
        memory.join()
        is_over.set()
        found = {}
        if published.exists():
            with duckdb.connect(str(published), read_only=True) as connection:
                found = dict(
                    connection.execute("select exchanged_on, released_total from marts.fct_exchanges").fetchall()
                )
        assert found == expected, (found, expected, (Path(folder) / "sentence").read_text()[-4000:])
    return seconds, memory.most, process.returncode


def _day_of(source_id: str) -> date:
    number = [source.id for source in load_registry()].index(source_id)
    return datetime.now(KYIV).date() - timedelta(days=1 + number)


def main() -> None:
    sources = {source.id: source for source in load_registry()}
    bad = broken()
    assert set(bad) < set(sources)
    # Their reports are in Ukrainian, which no English channel publishes.
    speaking = [
        one
        for one, source in sources.items()
        if one not in bad and (one in WIRES or (source.parser == "telegram" and source.language != "en"))
    ]
    silent = [one for one in sources if one not in bad and one not in speaking]
    answers: dict[str, Answer] = {one: healthy(101 + number) for number, one in enumerate(speaking)}
    answers |= dict.fromkeys(silent, recorded)
    expected = {_day_of(one): 101 + number for number, one in enumerate(speaking)}
    print(
        f"{len(sources)} sources: {len(BLOCKED)} refuse (403), {len(HANGING)} hang, {len(TRICKLING)} trickle, "
        f"{len(GARBAGE)} answers garbage; {len(speaking)} tell of an exchange each, {len(silent)} of none; "
        f"{SOURCE_SECONDS} s a source",
        flush=True,
    )
    peer_seconds, peer_mib, _ = measured({**answers, **dict.fromkeys(bad, blocked)}, expected)
    seconds, mib, status = measured({**answers, **bad}, expected)
    print(
        f"published after {seconds:.1f} s (target < {SECONDS}), {seconds / peer_seconds:.1f} x of when all ten refuse at once"
    )
    print(f"peak memory of all processes {mib:.0f} MiB (target < {MIB}), {mib / peer_mib:.2f} x; status {status}")


if __name__ == "__main__":
    stop_children_when_terminated()
    main()
