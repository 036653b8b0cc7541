"""What commands that take long show meanwhile: a bar on a terminal, lines in a run's log, nothing in a pipe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from orchestration.defs.step_progress import every_few_seconds
from orchestration.review.evaluation import evaluate
from orchestration.settings import Settings
from orchestration.warehouse.archive_check import verify_archive
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.extract import extract
from tests.conftest import deployment
from tests.support.channel_posts import CHANNEL
from tests.support.pseudo_terminal import in_a_terminal
from tests.support.scripted_deployment import ScriptedDeployment

BAR = """
import threading
from orchestration.cli.work_progress import working
with working("counting", "things", {seconds}) as show:
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer) and not {seconds}:
            thread.join()
    show(3, 1000)
print("done")
"""


def test_a_command_that_takes_long_shows_how_far_it_is() -> None:
    printed = in_a_terminal([sys.executable, "-c", BAR.format(seconds=0)], 80)
    assert "counting" in printed.raw
    assert "3 of 1,000 things" in printed.raw
    assert printed.raw.rstrip().endswith("\x1b[2Kdone")  # the bar is erased
    at_once = in_a_terminal([sys.executable, "-c", BAR.format(seconds=600)], 80)
    assert at_once.raw == "done\n"


def test_in_a_pipe_there_is_no_bar() -> None:
    command = [sys.executable, "-c", BAR.format(seconds=0)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (printed.stdout, printed.stderr) == ("done\n", "")


def test_a_run_says_every_few_seconds_how_far_a_step_is() -> None:
    said: list[str] = []
    times = iter([0.0, 1.0, 2.5, 2.5, 3.0, 4.6, 4.6])
    say = every_few_seconds(said.append, lambda: next(times))
    for number in range(1, 5):
        say(f"{number} done")
    assert said == ["2 done", "4 done"]


def test_the_archive_is_verified_by_bytes(built_sample: Settings) -> None:
    seen: list[tuple[int, int]] = []
    report = verify_archive(Warehouse(built_sample), lambda *figures: seen.append(figures))
    sizes = [file.bytes for file in report.files]
    assert seen == [(sum(sizes[:number]), sum(sizes)) for number in range(len(sizes))]


def test_extraction_and_evaluation_say_how_many_texts_are_read(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(CHANNEL, "2024-05-03 10:00", "Сьогодні відбувся обмін: вдома 91 захисник.")
    scripted.announce(CHANNEL, "2024-05-04 10:00", "Сьогодні відбувся обмін: вдома 92 захисники.")
    read: list[int] = []
    with Warehouse(scripted.settings).connection() as connection:
        extract(connection, (), lambda report: read.append(report.announcements_read))
    assert read == [2]
    texts = tmp_path / "texts.yaml"
    texts.write_text(
        "".join(
            f"- {{id: uk-{number}, kind: other, published_at: 2024-05-05, invented: true, text: 'Сьогодні тихо, {number}.'}}\n"
            for number in range(3)
        ),
        "utf-8",
    )
    evaluated: list[tuple[int, int]] = []
    evaluate(texts, lambda *figures: evaluated.append(figures))
    assert evaluated == [(0, 3), (1, 3), (2, 3)]
