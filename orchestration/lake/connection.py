"""A connection to the lake: DuckDB's extensions, the store's keys, the catalog; and errors without secrets.

What is written is in publishing.py, what is read in pull.py and restoring.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from orchestration.lake_address import Lake
from scrapers.errors import ObminError

# In the order in which they need each other.
EXTENSIONS = ("httpfs", "postgres_scanner", "ducklake")
# The catalog's tables have a schema of their own in PostgreSQL, so that a role can be given just them.
SCHEMA = "obmin_lake"
CONNECT_SECONDS = 10
HTTP_SECONDS, HTTP_RETRIES = 20, 2
LONGEST_REASON = 500
# https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
SECRETS = ("PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN")
HINT = "Look whether OBMIN_LAKE and OBMIN_LAKE_DATA are right, and PG* and AWS_* allow it; docs/lake.md shows them."
NEEDS_LIBRARIES = (
    "A lake needs libraries that are not installed here: run "
    "`.venv-uv/bin/uv sync --inexact --no-dev --extra lake` in the checkout, or `pip install 'obmin[lake]'`."
)


class LakeError(ObminError):
    """The lake can't be used. The message has no secret."""


class LakeUnreachable(LakeError):
    """The catalog or the store does not answer, or refuses."""


@contextmanager
def open_lake(
    lake: Lake, is_read_only: bool, at: str | None = None, with_catalog: bool = True
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the lake attached as ``lake``. The first that may write creates the catalog. ``at``, a time
    in UTC, shows the lake as it was then; without the catalog, only the store can be reached.

    Raises LakeError when the extra `lake` is not installed, LakeUnreachable for everything that DuckDB reports.
    """
    # Without the file's settings, or any extension that a user installed.
    with duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    ) as connection:
        for name in EXTENSIONS:
            connection.execute(f"load '{quoted(str(_file_of(name)))}'")
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"set http_timeout = {HTTP_SECONDS}")
        connection.execute(f"set http_retries = {HTTP_RETRIES}")
        with explained():
            connection.execute(_secret(lake))
            if with_catalog:
                connection.execute(_attach(lake, is_read_only, at))
            yield connection


@contextmanager
def explained() -> Iterator[None]:
    """Raise what DuckDB reports as LakeUnreachable, without secrets."""
    try:
        yield
    except duckdb.Error as error:
        # The cause may hold a secret, and would be printed with the traceback.
        raise LakeUnreachable(f"The lake can't be used: {without_secrets(str(error))}. {HINT}") from None


def without_secrets(message: str) -> str:
    """The message in one line, without the environment's passwords and keys."""
    if "No snapshot found at" in message:
        return "it has no snapshot as old as that: `obmin lake tidy` keeps them for 30 days, or --days"
    if "OVERRIDE_DATA_PATH" in message:  # a setting of DuckLake's, which is none of ours
        return "its files are in another place than OBMIN_LAKE_DATA says"
    # PostgreSQL's own words stand behind the statement that it refused, which may be long.
    of_postgres = re.search(r"(?:ERROR|FATAL): +(\w.*)", message)
    reason = of_postgres[1] if of_postgres else message
    # Before it is cut: half a secret would no longer be found.
    for secret in filter(None, map(os.environ.get, SECRETS)):
        reason = reason.replace(secret, "…")
    line = re.sub(r"(password ?=)\s*('[^']*'|\S+)", r"\1…", " ".join(reason.split()))
    return line[:LONGEST_REASON].rstrip(".") or "no reason was given"


def conninfo(lake: Lake) -> str:
    """The catalog's address with a time limit for connecting; the password is left to libpq's environment."""
    address = lake.catalog
    if address.startswith(("postgres://", "postgresql://")):
        return f"{address}{'&' if urlsplit(address).query else '?'}connect_timeout={CONNECT_SECONDS}"
    return f"{address} connect_timeout={CONNECT_SECONDS}"


def _file_of(extension: str) -> Path:
    spec = find_spec(f"duckdb_extension_{extension}")
    files = (
        [] if spec is None else list(Path((spec.submodule_search_locations or [""])[0]).rglob("*.duckdb_extension"))
    )
    if not files:
        raise LakeError(NEEDS_LIBRARIES)
    return files[0]


def _attach(lake: Lake, is_read_only: bool, at: str | None) -> str:
    options = [f"data_path '{quoted(lake.data)}'", f"metadata_schema '{SCHEMA}'"]
    # Inlined rows would need the name row_id for themselves, which one of our columns has.
    options += ["read_only"] if is_read_only else ["data_inlining_row_limit 0"]
    options += [f"snapshot_time '{quoted(at)}'"] if at else []
    return f"attach 'ducklake:postgres:{quoted(conninfo(lake))}' as lake ({', '.join(options)})"


def _secret(lake: Lake) -> str:
    """The store's keys for this place alone."""
    given = {
        "key_id": os.environ.get("AWS_ACCESS_KEY_ID"),
        "secret": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "session_token": os.environ.get("AWS_SESSION_TOKEN"),
        "region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        "scope": lake.data,
    }
    parts = [f"{name} '{quoted(value)}'" for name, value in given.items() if value]
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        server = urlsplit(endpoint)
        # Other stores seldom have a host name for each bucket.
        parts += [f"endpoint '{quoted(server.netloc + server.path.rstrip('/'))}'", "url_style 'path'"]
        parts.append(f"use_ssl {str(server.scheme == 'https').lower()}")
    return f"create secret lake (type s3, {', '.join(parts)})"


def quoted(text: str) -> str:
    """The inside of a string constant, where DuckDB takes no parameter."""
    return text.replace("'", "''")
