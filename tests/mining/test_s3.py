"""WARC files in S3: a server on this machine, reached by the AWS_* variables alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from moto.server import ThreadedMotoServer

from orchestration.cli.main import main
from scrapers.mining import warc_files
from tests.support.generated_warcs import EXCHANGE, Written, article, members

PARTS = members(
    Written(f"https://visnyk.example/{number}", article(EXCHANGE, f"Обмін {number}").encode()) for number in range(9)
)
WHOLE = b"".join(PARTS)


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """A server with the bucket `crawls`; the command finds it as it finds any."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "a-test", "AWS_SECRET_ACCESS_KEY": "a-test",
        "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "OBMIN_DATA": str(tmp_path / "data"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket="crawls")
    for name, data in {
        "2025/may/a.warc.gz": WHOLE, "2025/may/b.warc.gz": WHOLE[:-7], "2025/may/a.warc.gz.cdx": b"an index",
        "2025/letter.warc": b"Dear reader",
    }.items():  # fmt: skip
        client.put_object(Bucket="crawls", Key=name, Body=data)
    yield endpoint
    server.stop()


def mine(out: Path, *names: str) -> tuple[int, dict]:
    result = CliRunner().invoke(main, ["mine", "--json", "--workers", "1", "--out", str(out), *names])
    return result.exit_code, json.loads(result.stdout)


def test_files_and_folders_of_s3_are_mined_as_those_of_a_disk(address: str, tmp_path: Path) -> None:
    status, report = mine(tmp_path / "out", "s3://crawls/2025", "s3://crawls/2025/may/a.warc.gz")
    assert status == 1
    assert (report["mined"], report["other_files"], report["texts"]) == (2, 1, 17)
    assert report["failures"] == [
        "s3://crawls/2025/letter.warc has no WARC record; it is left out. Name WARC files, plain or gzip.",
        f"s3://crawls/2025/may/b.warc.gz: {len(PARTS[8]) - 7:,} bytes from byte {len(b''.join(PARTS[:8])):,} on can't be "
        "read (the file stops within a record); the rest was mined.",
    ]
    rows = [row for path in (tmp_path / "out").glob("a-*.parquet") for row in pq.read_table(path).to_pylist()]
    assert [row["url"].rpartition("/")[2] for row in rows] == list("012345678")
    assert {row["warc"] for row in rows} == {"s3://crawls/2025/may/a.warc.gz"}
    _, again = mine(tmp_path / "out", "s3://crawls/2025/may/a.warc.gz")
    assert (again["mined"], again["done_before"]) == (0, 1)


def test_a_large_file_is_read_in_blocks(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc_files, "BLOCK", 100)
    with warc_files.open_warc("s3://crawls/2025/may/a.warc.gz") as stream:
        assert stream.read(150) == WHOLE[:150]
        stream.seek(len(WHOLE) - 10)
        assert stream.read() == WHOLE[-10:]


@pytest.mark.parametrize("name", ["s3://crawls/2026", "s3://no-bucket/a.warc.gz"])
def test_what_is_not_there_is_one_sentence(address: str, tmp_path: Path, name: str) -> None:
    status, report = mine(tmp_path / "out", name, "s3://crawls/2025/may/a.warc.gz")
    assert (status, report["mined"]) == (1, 1)
    assert report["failures"] == [f"There is no {name}; look whether it was moved, and name a WARC file or a folder."]


def test_a_server_that_does_not_answer_is_one_sentence(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    status, report = mine(tmp_path / "out", "s3://crawls/2025/may/a.warc.gz")
    assert (status, report["mined"]) == (1, 0)
    (failure,) = report["failures"]
    assert failure.startswith("s3://crawls/2025/may/a.warc.gz can't be read: ")
    assert failure.endswith("Look at the address and the AWS_* variables, then run again.")
