"""Many attacks in one run of the real command: packed, so that each has a source and a day of its own, run, judged.

The attacks themselves are in table/.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.settings import KYIV
from tests.faults.attack import SITES, Asked, Attack, Expected, Reply
from tests.faults.hostile_web import Part, serving
from tests.faults.pages import FILLERS, Post, channel, exchange_text
from tests.support.obmin_process import REFRESH_LIVE, run_obmin

HEALTHY, HEALTHY_RELEASED = "koordshtab_telegram", 91
SOURCE_SECONDS = 20
# Two reports of one total within three days may be of one exchange; a first crawl goes back 31 days.
DAYS_APART, MOST_EXCHANGES = 4, 7
LONGEST_RUN = 150  # seconds: far more than a run takes, far less than a wait of a day


@dataclass(slots=True)
class Batch:
    """Attacks by the source that each is tried on."""

    by_source: dict[str, Attack] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return ", ".join(attack.name for attack in self.by_source.values())

    def takes(self, attack: Attack) -> str | None:
        """A free source for an attack; None without one, or without a free day for its exchange."""
        if attack.has_exchange and sum(one.has_exchange for one in self.by_source.values()) == MOST_EXCHANGES:
            return None
        return next((source for source in attack.sources if source not in self.by_source), None)

    def days(self, today: date) -> dict[str, date]:
        """By source: a day for each exchange, and one day on which there is none for all others."""
        left = iter(range(MOST_EXCHANGES))
        numbers = {
            source: next(left) if attack.has_exchange else MOST_EXCHANGES for source, attack in self.by_source.items()
        }
        return {source: today - timedelta(days=2 + DAYS_APART * number) for source, number in numbers.items()}


def packed(attacks: Iterable[Attack]) -> list[Batch]:
    """As few batches as the sources allow; attacks with a second run share batches."""
    batches: list[Batch] = []
    for attack in sorted(attacks, key=lambda attack: (attack.later is None, attack.sources == SITES)):
        for batch in batches:
            if source := batch.takes(attack):
                batch.by_source[source] = attack
                break
        else:
            batches.append(Batch({attack.sources[0]: attack}))
    return batches


def failures_of(batch: Batch, folder: Path) -> dict[str, list[str]]:
    """Run a batch in an empty folder; return what went wrong by attack, and for all other sources under "healthy"."""
    today = datetime.now(KYIV).date()
    days = batch.days(today)
    parts = {source: Part(attack.answer, days[source], attack.robots) for source, attack in batch.by_source.items()}
    days[HEALTHY] = today - timedelta(
        days=1
    )  # computed only once: a run may begin before Kyiv's midnight and end after it
    parts[HEALTHY] = Part(_healthy, days[HEALTHY])
    failures: dict[str, list[str]] = {attack.name: [] for attack in batch.by_source.values()}
    failures["healthy"] = []
    with serving(parts) as (hostile, address):
        sentence = _run(folder, address)
        _judge(batch, days, folder, sentence, failures, 1)
        if any(attack.later for attack in batch.by_source.values()):
            hostile.round = 2
            _judge(batch, days, folder, _run(folder, address), failures, 2)
    return failures


def _healthy(asked: Asked) -> Reply | None:
    return channel(asked, [Post(1001, asked.at(), exchange_text(HEALTHY_RELEASED))])


def _run(folder: Path, address: str) -> str:
    """The command's output; the status may be 1, as sources fail, and there must be no traceback."""
    environment = {
        **os.environ, "OBMIN_DATA": str(folder), "OBMIN_REPLAY": address,
        "OBMIN_SOURCE_SECONDS": str(SOURCE_SECONDS), "OBMIN_CONTACT": "tests@example.org",
    }  # fmt: skip
    done = run_obmin(REFRESH_LIVE, environment, LONGEST_RUN)
    assert done.status in (0, 1), done.stderr[-3000:]
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    return done.stderr


def _judge(
    batch: Batch, days: dict[str, date], folder: Path, sentence: str, failures: dict[str, list[str]], run: int
) -> None:
    published = folder / "live" / "obmin.duckdb"
    if not published.exists():
        failures["healthy"].append(f"run {run}: nothing was published; it said: {sentence[-2000:]}")
        return
    with duckdb.connect(str(published), read_only=True) as connection:
        rows = connection.execute("select exchanged_on, released_total from marts.fct_exchanges").fetchall()
    with duckdb.connect(str(folder / "live" / "working.duckdb"), read_only=True) as connection:
        read = connection.execute("select source_id, announcement_id from raw.announcements").fetchall()
    released = dict(rows)
    if (found := released.get(days[HEALTHY])) != HEALTHY_RELEASED:
        failures["healthy"].append(f"run {run}: the healthy source's exchange is {found}")
    for source, attack in batch.by_source.items():
        expected = attack.expected if run == 1 else attack.later
        if expected is None:
            continue
        ids = {item for owner, item in read if owner == source} - {"1", *map(str, FILLERS)}
        lines = [line for line in sentence.splitlines() if re.search(rf"\b{source}\b", line)]
        wrong = _differences(expected, ids, released, days[source], lines)
        failures[attack.name] += [f"run {run} on {source}: {difference}" for difference in wrong]
    strange = set(released) - set(days.values())
    if strange:
        failures["healthy"].append(f"run {run}: exchanges on days that nobody spoke of: {strange}")


def _differences(
    expected: Expected, ids: set[str], released: dict[date, int | None], day: date, lines: Sequence[str]
) -> list[str]:
    wrong = []
    if ids != expected.read:
        wrong.append(f"announcements read: {sorted(ids)}, expected {sorted(expected.read)}")
    if released.get(day) != expected.released or (expected.released is None and day in released):
        found = released.get(day, "none")
        wrong.append(f"exchange of the day: {found}, expected {expected.released}")
    sentence = "\n".join(line for line in lines if _is_signal(line))
    wrong += [f"{part!r} is not in what it said: {sentence}" for part in expected.says if part not in sentence]
    if not expected.says and sentence:
        wrong.append(f"it said, where nothing was to say: {sentence}")
    return wrong


def _is_signal(line: str) -> bool:
    """True for errors and warnings, false for progress; ignores the warning of few items, which every test causes."""
    return line.startswith(("Failed:", "Warning:")) and "items in the week before" not in line
