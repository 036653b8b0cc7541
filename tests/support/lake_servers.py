"""A real PostgreSQL and a real S3 server for a lake, in one test session."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import psycopg
import pytest
import requests
from moto.server import ThreadedMotoServer
from psycopg.conninfo import conninfo_to_dict

from orchestration.lake_address import Lake
from tests.support.postgres_server import postgres_server

BUCKET = "obmin-lake"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "k9Xw-secret", "AWS_REGION": "us-east-1"}


@dataclass(frozen=True, slots=True)
class LakeServers:
    """``socket`` is the folder of PostgreSQL's socket, ``endpoint`` the S3 server's address."""

    socket: str
    endpoint: str

    def address(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"host={self.socket} user={user} dbname={database}"

    def new_lake(self, name: str, seconds: int = 120) -> Lake:
        """An empty lake: a database and a place in the bucket of its own."""
        with psycopg.connect(self.address(), autocommit=True) as session:
            session.execute(f'create database "{name}"'.encode())
        return Lake(self.address(name), f"s3://{BUCKET}/{name}/", seconds)

    def copy_of(self, lake: Lake, name: str) -> Lake:
        """A copy of a lake that nobody writes to meanwhile."""
        database = conninfo_to_dict(lake.catalog)["dbname"]
        with psycopg.connect(self.address("template1"), autocommit=True) as session:
            session.execute(f'create database "{name}" template "{database}"'.encode())
        copy = Lake(self.address(name), f"s3://{BUCKET}/{name}/", lake.seconds)
        store = self.store()
        for file in self.files(lake):
            store.copy({"Bucket": BUCKET, "Key": file}, BUCKET, file.replace(f"{database}/", f"{name}/", 1))
        with psycopg.connect(copy.catalog) as session:
            session.execute("update obmin_lake.ducklake_metadata set value = %s where key = 'data_path'", [copy.data])
        return copy

    def files(self, lake: Lake) -> list[str]:
        listed = self.store().list_objects_v2(Bucket=BUCKET, Prefix=urlsplit(lake.data).path[1:])
        assert not listed["IsTruncated"]
        return [held["Key"] for held in listed.get("Contents", [])]

    def store(self) -> Any:
        """The store as the environment's key sees it."""
        return self._client("s3")

    def new_key(self, user: str, actions: tuple[str, ...]) -> dict[str, str]:
        """The environment of a user of the store who may do just these actions; see `checked_keys`."""
        users = self._client("iam")
        users.create_user(UserName=user)
        allowed = [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]
        policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        users.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=policy)
        key = users.create_access_key(UserName=user)["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    @contextmanager
    def checked_keys(self) -> Iterator[None]:
        """The store checks the key and the signature of each request meanwhile, as it otherwise does not."""
        address = f"{self.endpoint}/moto-api/reset-auth"
        unchecked = requests.post(address, data="0", timeout=60).json()["PREVIOUS_INITIAL_NO_AUTH_ACTION_COUNT"]
        try:
            yield
        finally:
            requests.post(address, data=unchecked, timeout=60).raise_for_status()

    def _client(self, service: str) -> Any:
        # boto3 itself would remember the first key that it found in the environment.
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=KEYS["AWS_REGION"],
            aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        )  # fmt: skip


@contextmanager
def lake_servers(folder: Path, environment: pytest.MonkeyPatch) -> Iterator[LakeServers]:
    """Both servers; the environment has the store's keys and address meanwhile."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with postgres_server(folder) as postgres:
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        try:
            host, port = server.get_host_and_port()
            socket = parse_qs(urlsplit(postgres.get_uri()).query)["host"][0]
            servers = LakeServers(socket, f"http://{host}:{port}")
            for name, value in (KEYS | {"AWS_ENDPOINT_URL": servers.endpoint}).items():
                environment.setenv(name, value)
            servers.store().create_bucket(Bucket=BUCKET)
            yield servers
        finally:
            server.stop()


@contextmanager
def held_store(servers: LakeServers, puts: int) -> Iterator[tuple[str, threading.Event]]:
    """The address of a store that takes ``puts`` files and never answers the next; and the event of that."""
    is_held, is_over, taken = threading.Event(), threading.Event(), count(1)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.command == "PUT" and next(taken) > puts:
                is_held.set()
                is_over.wait()
                self.close_connection = True
                return
            answer = requests.request(
                self.command, servers.endpoint + self.path, data=body, headers=dict(self.headers), timeout=60
            )
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                    self.send_header(name, value)
            length = answer.headers["Content-Length"] if self.command == "HEAD" else str(len(answer.content))
            self.send_header("Content-Length", length)
            self.end_headers()
            self.wfile.write(answer.content)

        do_PUT = do_POST = do_HEAD = do_DELETE = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", is_held
    finally:
        is_over.set()
        server.shutdown()
        server.server_close()
