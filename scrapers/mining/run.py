"""A run of `obmin mine`: what is to do, what was done before, and the report of all.

The work on one file is in mined_file.py, the engines are in local_workers.py and ray_workers.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from scrapers.errors import ObminError
from scrapers.mining.attempts import PART, Attempt
from scrapers.mining.mined_file import mined_before, parquet_name
from scrapers.mining.parquet_files import ENDING, MinedFile
from scrapers.mining.warc_files import WarcFile, warc_files

LOCK = ".obmin-mine.lock"
SUMS = ("records", "pages", "passed", "texts", "statements", "guessed_charsets")
Engine = Callable[[Sequence[WarcFile], Path], Iterator[Attempt]]


class OtherRun(ObminError):
    """Another run is mining into the same folder."""


@dataclass(slots=True)
class MiningReport:
    """All files of a run. ``failures`` are sentences for what was not read, ``damaged`` for what was read in part."""

    files: list[MinedFile] = field(default_factory=list)
    mined: int = 0
    done_before: int = 0
    other_files: int = 0
    failures: list[str] = field(default_factory=list)

    def sums(self) -> dict[str, int]:
        return {name: sum(file.counts[name] for file in self.files) for name in SUMS}

    def outcomes(self) -> dict[str, int]:
        """How many records have each outcome, the commonest first."""
        counted: Counter[str] = Counter()
        for file in self.files:
            counted.update(file.counts["outcomes"])
        return dict(counted.most_common())

    def damaged(self) -> list[str]:
        return [
            f"{file.warc}: {_lost_bytes(lost)} can't be read ({lost['reason']}); the rest was mined."
            for file in self.files
            for lost in file.counts["lost"]
        ]

    def as_plain(self) -> dict[str, Any]:
        return {
            "mined": self.mined, "done_before": self.done_before, "other_files": self.other_files, **self.sums(),
            "outcomes": self.outcomes(), "files": [asdict(file) for file in self.files],
            "failures": [*self.failures, *self.damaged()],
        }  # fmt: skip


def mine_archives(
    given: Iterable[str], folder: Path, engine: Engine, show: Callable[[int, int], None]
) -> MiningReport:
    """Mine the WARC files that are given or are in given folders into one Parquet file each, in ``folder``.

    A file that was mined before, at its size and by this version, is not mined again. ``show`` is told how many files
    are done, and of how many. Raises OtherRun, the engine's errors, and OSError when the folder can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _only_run(folder):
        files, faults, others = warc_files(given)
        report = MiningReport(other_files=others, failures=faults)
        missing: list[WarcFile] = []
        for number, file in enumerate(files):
            show(number - len(missing), len(files))
            if before := mined_before(folder / parquet_name(file), file):
                report.files.append(before)
                report.done_before += 1
            else:
                missing.append(file)
        show(report.done_before, len(files))
        for attempt in engine(missing, folder) if missing else ():
            if attempt.report is None:
                report.failures.append(attempt.fault)
                # A Parquet file of an earlier version or another size would pass for this file's.
                (folder / parquet_name(attempt.file)).unlink(missing_ok=True)
            else:
                report.files.append(attempt.report)
                report.mined += 1
            show(report.done_before + report.mined + len(report.failures) - len(faults), len(files))
    report.files.sort(key=lambda file: file.warc)
    return report


@contextmanager
def _only_run(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, and remove what a killed run left half written."""
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise OtherRun(f"Another run is mining into {folder}; wait for its end, or name another folder.") from error
    try:
        for partial in folder.glob(f"*{ENDING}.*{PART}"):
            partial.unlink(missing_ok=True)
        yield
    finally:
        lock.release()


def _lost_bytes(lost: dict[str, Any]) -> str:
    if not lost["length"]:
        return f"what follows byte {lost['offset']:,}"
    return f"{lost['length']:,} bytes from byte {lost['offset']:,} on"
