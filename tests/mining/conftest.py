"""One WARC file mined, for the tests of what becomes of its records; and what Ray needs in all tests."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from scrapers.mining.mined_file import mine
from scrapers.mining.parquet_files import MinedFile
from scrapers.mining.warc_files import WarcFile


@dataclass(frozen=True)
class Result:
    """A report and the rows of its Parquet file."""

    report: MinedFile
    rows: list[dict[str, Any]]

    @property
    def outcomes(self) -> dict[str, int]:
        return self.report.counts["outcomes"]

    @property
    def lost(self) -> list[tuple[int, int]]:
        return [(part["offset"], part["length"]) for part in self.report.counts["lost"]]

    @property
    def reasons(self) -> list[str]:
        return [skipped["reason"] for skipped in self.report.counts["skipped"]]


Mined = Callable[..., Result]


@pytest.fixture(scope="session", autouse=True)
def token() -> Iterator[None]:
    """One token for every Ray of a process of tests, which keeps the first it sees. Without one, Ray writes its own
    into the user's home.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_AUTH_MODE", "token")
        environment.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
        yield


@pytest.fixture
def mined(tmp_path: Path) -> Mined:
    def from_bytes(data: bytes, name: str = "a.warc.gz") -> Result:
        path = tmp_path / name
        path.write_bytes(data)
        report = mine(WarcFile(str(path), len(data)), tmp_path / "a.parquet")
        return Result(report, pq.read_table(tmp_path / "a.parquet").to_pylist())

    return from_bytes
