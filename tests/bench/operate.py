"""What a refresh costs next to the naive way, and how long after a post its alert arrives.

Prints seconds of CPU and of the clock, and ratios within this run; run it on an idle machine.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from textwrap import indent

import yaml

from orchestration.settings import PROJECT
from scrapers.sample.archive import DEFAULT_FOLDER
from tests.bench.size import sized
from tests.support.child_processes import stop_children_when_terminated
from tests.support.running_deployment import CHANNEL, RunningDeployment, running_deployment, since, until

TIMES = sized(5, 1)
POSTS = sized(20, 1)
PEERS = sized(("naive", "naive_in_process"), ("naive_in_process",))
INTERVAL = sized(30, 5)  # seconds between two checks of the sources
BEGIN = date(2026, 6, 1)  # after the sample's last exchange
# A process that imports, builds the graph and ends as Python does: what the targets "beyond start" were set against.
PLAIN_START = """
from orchestration.defs.process import prepare_process
prepare_process()
from orchestration.defs.all_definitions import build_defs
from orchestration.defs.instance import open_instance
from orchestration.settings import load_settings
settings = load_settings()
with open_instance(settings):
    build_defs(settings).resolve_job_def("refresh")
"""
# The same as a refresh does it since: less is compiled, and nothing is collected at the end.
OWN_START = f"""
from orchestration.warehouse.dbt_start import compile_serializers_late
from orchestration.defs.process import loading
compile_serializers_late()
with loading():
{indent(PLAIN_START.strip(), "    ")}
"""
OBMIN = [sys.executable, "-m", "orchestration.cli", "run", "--json"]
REPORT = [sys.executable, "-m", "orchestration.cli", "report", "--json"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU, of all processes, and of the clock."""

    cpu: float
    clock: float


class Channel:
    """A copy of the sample archive, at the small size of one channel of it, and new posts of that channel."""

    def __init__(self, archive: Path) -> None:
        for source in sized([folder.name for folder in DEFAULT_FOLDER.iterdir() if folder.is_dir()], [CHANNEL]):
            shutil.copytree(DEFAULT_FOLDER / source, archive / source)
        self._file = archive / CHANNEL / "bench.yaml"
        self._rows: list[dict[str, object]] = []

    def post(self) -> int:
        """Publish a post about one more exchange, on a day of its own; return the number released."""
        number = len(self._rows) + 1
        day = BEGIN + timedelta(days=2 * number)
        released = 100 + number
        text = f"Сьогодні відбувся обмін: вдома {released} захисників."
        self._rows.append({"id": 900_000 + number, "at": f"{day} 15:00", "text": text})
        fresh = self._file.with_suffix(".new")
        fresh.write_text(yaml.safe_dump(self._rows, allow_unicode=True), "utf-8")
        os.replace(fresh, self._file)
        return released


def cost(command: list[str], environment: dict[str, str]) -> Cost:
    """The cost of a command from start to end, with its children; it must succeed."""
    begun = time.monotonic()
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        sentence = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, sentence.decode()
    return Cost(used.ru_utime + used.ru_stime, time.monotonic() - begun)


def middle(costs: list[Cost]) -> Cost:
    return Cost(statistics.median(c.cpu for c in costs), statistics.median(c.clock for c in costs))


def costs(folder: Path) -> None:
    channel = Channel(folder / "archive")
    environment = {
        **os.environ,
        "OBMIN_PROFILE": "sample",
        "OBMIN_DATA": str(folder / "data"),
        "OBMIN_SAMPLE_ARCHIVE": str(folder / "archive"),
        "OBMIN_REPORT": "no",  # the peers draw none; it is measured by itself
    }
    cost(OBMIN, environment)  # the first run replays the sample's past
    first_report = cost(REPORT, environment)
    # The peers have a deployment of their own and alternate with ours, as the machine's speed varies.
    shutil.copytree(folder / "data", folder / "peers")
    home = folder / "naive"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    of_peers = {**environment, "OBMIN_DATA": str(folder / "peers"), "DAGSTER_HOME": str(home)}
    dagster = str(Path(sys.executable).parent / "dagster")
    plain, own, nothing, one = [], [], [], []
    with_news, without_news = [], []
    peers: dict[str, list[Cost]] = {job: [] for job in PEERS}
    for _ in range(TIMES):
        plain.append(cost([sys.executable, "-c", PLAIN_START], environment))
        own.append(cost([sys.executable, "-c", OWN_START], environment))
        nothing.append(cost(OBMIN, environment))
        channel.post()
        one.append(cost(OBMIN, environment))
        with_news.append(cost(REPORT, environment))
        without_news.append(cost(REPORT, environment))
        for job, found in peers.items():
            found.append(cost([dagster, "job", "execute", "-m", "tests.bench.naive", "-j", job], of_peers))
    naive = {job: middle(found) for job, found in peers.items()}
    begin, own_begin = middle(plain), middle(own)
    for name, found in (("a plain process", begin), ("a refresh", own_begin)):
        print(
            f"start (imports, graph, instance) of {name}: {found.cpu:.2f} s CPU, {found.clock:.2f} s (target < 2.4)"
        )
    for name, target, measured in (("nothing new", 0.8, middle(nothing)), ("one new exchange", 3.5, middle(one))):
        print(
            f"tick, {name}: {measured.cpu - begin.cpu:.2f} s CPU beyond a plain start (target < {target}), "
            f"{measured.cpu - own_begin.cpu:.2f} s beyond its own; in all {measured.cpu:.2f} s CPU, "
            f"{measured.clock:.2f} s of the clock"
        )
        for job, peer in naive.items():
            beyond = (peer.cpu - begin.cpu) / (measured.cpu - begin.cpu)
            print(
                f"  {job}: {peer.cpu / measured.cpu:.1f} x the CPU, {peer.clock / measured.clock:.1f} x the clock; "
                f"{beyond:.1f} x the CPU beyond one start"
            )
    for name, found in (
        ("the first", first_report),
        ("with a new exchange", middle(with_news)),
        ("without news", middle(without_news)),
    ):
        print(f"report, {name}: {found.cpu:.2f} s CPU, {found.clock:.2f} s, with the start of a process")
    for job, peer in naive.items():
        print(f"{job}, any tick: {peer.cpu:.2f} s CPU, {peer.clock:.2f} s")


def delays(folder: Path) -> None:
    channels: list[Channel] = []
    found = []
    with running_deployment(
        folder,
        lambda deployment: channels.append(Channel(deployment.archive)),
        OBMIN_WATCH_SECONDS=str(INTERVAL),
        OBMIN_ALERT_WITHIN_DAYS=since(BEGIN),
    ) as deployment:
        until(lambda: deployment.exchanges() > 0)
        for number in range(POSTS):
            time.sleep(random.uniform(0, INTERVAL))
            found.append(delay(deployment, channels[0]))
            print(f"  post {number + 1}: its alert after {found[-1]:.1f} s", file=sys.stderr)
    p95 = statistics.quantiles(found, n=20, method="inclusive")[-1] if len(found) > 1 else found[0]
    print(
        f"from a post to its alert at {INTERVAL} s intervals: median {statistics.median(found):.1f} s, "
        f"p95 {p95:.1f} s (target < 45), worst {max(found):.1f} s of {POSTS}"
    )


def delay(deployment: RunningDeployment, channel: Channel) -> float:
    """Seconds from a post's appearance to its alert at the webhook."""
    released = channel.post()
    begun = time.monotonic()
    alert = deployment.received.get(timeout=300)
    while alert["kind"] != "new_exchange":  # a slow machine may first alert about a delay
        print(f"  {alert['title']}", file=sys.stderr)
        alert = deployment.received.get(timeout=300)
    assert alert["exchange"]["released_total"] == released, alert
    return time.monotonic() - begun


def main() -> None:
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    for part in (costs, delays):
        with tempfile.TemporaryDirectory() as folder:
            part(Path(folder))


if __name__ == "__main__":
    stop_children_when_terminated()
    main()
