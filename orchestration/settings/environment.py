"""Every setting that the environment can give: one documented class, with defaults, limits and what is secret.

Values only. The folders of a deployment, and the checks of how settings fit together, are in the package's __init__.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from scrapers.errors import ObminError
from scrapers.sample.archive import DEFAULT_FOLDER

ROOT = Path(__file__).resolve().parents[2]  # of the packages: a checkout, or site-packages
IS_CHECKOUT = (ROOT / "dbt_project").is_dir()
# The dbt project and workspace.yaml stand next to the packages in a checkout; a wheel has them in a package.
PROJECT = ROOT if IS_CHECKOUT else ROOT / "orchestration" / "project"
# An installation keeps its data where it is run, a checkout next to its code.
DEFAULT_DATA = ROOT / "data" if IS_CHECKOUT else Path("data")
DEFAULT_ALERTS = ROOT / "orchestration" / "alerts" / "alerts.yaml"
# An interval over a year, or a span over a century, is certainly a typing error.
LONGEST_SECONDS, LONGEST_DAYS = 31_536_000, 36_500
# Time limit for the crawl of one source; after it, the others are published without this one.
SOURCE_SECONDS = 300
LONGEST_SOURCE_SECONDS = 24 * 60 * 60


class WrongSetting(ObminError):
    """An environment variable has an invalid value. The message names the variable and the valid values."""


def is_unicode(text: str) -> bool:
    """False for shell input in bytes that are not UTF-8: Python stores those as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _profile(written: Any) -> Any:
    if written not in ("sample", "live"):
        raise ValueError(f"is {written!r}; it must be sample or live.")
    return written


def _yes_or_no(written: Any) -> Any:
    if isinstance(written, bool):  # the default
        return written
    if written not in ("yes", "no"):
        raise ValueError(f"is {str(written)[:40]!r}; it must be yes or no.")
    return written == "yes"


def _path(written: Any) -> Any:
    if not is_unicode(str(written)):
        raise ValueError(f"is {written!a}, which holds bytes that are no UTF-8; choose another name.")
    return os.path.realpath(written)


def _whole_number(unit: str, least: int = 1, most: int = LONGEST_SECONDS) -> Callable[[Any], Any]:
    def checked(written: Any) -> Any:
        value = str(written).strip()
        # Python's int() also accepts "1_0", "٣" and thousands of digits.
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise ValueError(f"is {value[:40]!r}; it must be a number of {unit} from {least} to {most}.")
        return int(value)

    return checked


def _memory(written: Any) -> Any:
    value = str(written).strip()
    if not re.fullmatch(r"[1-9][0-9]{0,5} ?([MG]B)", value):
        raise ValueError(f"is {value[:40]!r}; it must be an amount of memory like 500MB or 2GB.")
    return value


def _web_address(written: Any) -> Any:
    value = str(written).strip()
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not (is_address and value.isascii() and value.isprintable()):
        raise ValueError("is no web address; it must be like https://host.example/path.")
    return value


def _folder_address(written: Any) -> Any:
    """A web address of a folder, ending with a slash."""
    value = _web_address(written)
    if {"?", "#"} & set(value):
        raise ValueError(f"is {value!r}; it must be a folder's address, without ? and #.")
    return value.rstrip("/") + "/"


def _lake(written: Any) -> Any:
    """A PostgreSQL address, which is printed in logs and errors: a password in it would be, too."""
    value = str(written).strip()
    is_address = value.isprintable() and bool(re.match(r"postgres(ql)?://|\w+ ?=", value))
    try:
        has_password = urlsplit(value).password or re.search(r"(^|[ ?&])(ssl)?password ?=", unquote(value))
    except ValueError:
        is_address, has_password = False, None
    if has_password:
        raise ValueError("contains a password; leave it out, and give it in PGPASSWORD or a PGPASSFILE.")
    if not is_address:
        raise ValueError("is no PostgreSQL address; it must be like postgresql://user@host:5432/database.")
    return value


def _bucket(written: Any) -> Any:
    value = str(written).strip()
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,62}(/[\w.=+-]+)*/?", value, re.ASCII):
        raise ValueError(f"is {value[:60]!r}; it must be a place in an S3 store, like s3://bucket/obmin.")
    return value.rstrip("/") + "/"


def _contact(written: Any) -> Any:
    value = str(written).strip()
    if not (value.isascii() and value.isprintable()):
        raise ValueError(f"is {value[:60]!r}; it must be an e-mail or web address in Latin letters, on one line.")
    return value


def _replay(written: Any) -> Any:
    """The replay server's address without a path."""
    value = str(written).strip()
    try:
        parts = urlsplit(value)
        is_loopback = parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
        is_plain = parts.scheme == "http" and parts.port is not None and parts.path in ("", "/")
        is_plain &= parts.username is None and not {"?", "#"} & set(value)
    except ValueError:
        is_loopback = is_plain = False
    if not (is_loopback and is_plain):
        raise ValueError(f"is {value!r}; it must be a server on this machine, like http://127.0.0.1:8080.")
    return value.rstrip("/")


def _unchecked(written: Any) -> Any:
    """For what is checked where it is used; bytes that are no UTF-8 are replaced."""
    return str(written).encode("utf-8", "replace").decode()


Folder = Annotated[Path, BeforeValidator(_path)]
Seconds = Annotated[int, BeforeValidator(_whole_number("seconds"))]
Days = Annotated[int, BeforeValidator(_whole_number("days", 0, LONGEST_DAYS))]
SourceSeconds = Annotated[int, BeforeValidator(_whole_number("seconds", 1, LONGEST_SOURCE_SECONDS))]
Memory = Annotated[str, BeforeValidator(_memory)]
Secret = Annotated[SecretStr, BeforeValidator(_unchecked)]
SecretAddress = Annotated[SecretStr, BeforeValidator(_web_address)]
Unchecked = Annotated[str, BeforeValidator(_unchecked)]


class Environment(BaseSettings):
    """All settings, each from the environment variable OBMIN_ and its name in capitals. A blank value counts as not
    set. docs/settings.md lists them for users, `obmin settings` prints those in force.
    """

    model_config = SettingsConfigDict(
        alias_generator=lambda name: f"OBMIN_{name.upper()}", case_sensitive=True, populate_by_name=True,
        extra="ignore", frozen=True,
    )  # fmt: skip

    profile: Annotated[Literal["sample", "live"], BeforeValidator(_profile)] = Field(
        default="sample", description="sample or live; --profile overrides it"
    )
    data: Folder = Field(
        default=DEFAULT_DATA,
        validate_default=True,
        description="folder of all data; each profile has its own folder in it",
    )
    sample_archive: Folder = Field(default=DEFAULT_FOLDER, description="the sample archive")
    contact: Annotated[str, BeforeValidator(_contact)] | None = Field(
        default=None, description="contact for site operators, sent with each request; the live profile needs it"
    )
    source_seconds: SourceSeconds = Field(
        default=SOURCE_SECONDS, description="time limit of one source's crawl, seconds"
    )
    watch_seconds: Seconds | None = Field(
        default=None, description="refresh every so many seconds, instead of each quarter of an hour"
    )
    reviews: Folder | None = Field(
        default=None, description="file of review decisions; without it, reviews.yaml in the profile's folder"
    )
    alerts: Folder = Field(default=DEFAULT_ALERTS, description="file of the alerts' channels")
    alert_urls: Secret | None = Field(
        default=None, description="addresses of the alerts' channels, separated by spaces"
    )
    alert_within_days: Days = Field(default=3, description="no alert about an exchange longer ago than this, days")
    heartbeat_url: SecretAddress | None = Field(default=None, description="requested every 30 seconds by the daemon")
    dagster_postgres: Secret | None = Field(default=None, description="database for Dagster's runs, instead of files")
    ui_hosts: Unchecked | None = Field(
        default=None, description="host names that Dagster's pages accept behind a proxy"
    )
    sql_seconds: Seconds = Field(default=60, description="time limit of one `obmin sql`, seconds")
    sql_memory: Memory = Field(default="1GB", description="memory limit of one `obmin sql`")
    report: Annotated[bool, BeforeValidator(_yes_or_no)] = Field(
        default=True, description="yes or no: whether a refresh draws the report"
    )
    report_url: Annotated[str, BeforeValidator(_folder_address)] | None = Field(
        default=None, description="public address of the report, for its feeds and search engines"
    )
    lake: Annotated[str, BeforeValidator(_lake)] | None = Field(
        default=None, description="PostgreSQL with the lake's catalog; the password is in PGPASSWORD"
    )
    lake_data: Annotated[str, BeforeValidator(_bucket)] | None = Field(
        default=None, description="place of the lake's tables in an S3 store; its keys are in AWS_*"
    )
    lake_seconds: Seconds = Field(default=120, description="time limit of one publication to the lake, seconds")
    ray: Unchecked | None = Field(default=None, description="address of the Ray cluster that `obmin mine` uses")
    web_archives: Unchecked | None = Field(
        default=None, description="WARC files and folders that Dagster mines, also s3://, separated by spaces"
    )
    traceback: Unchecked | None = Field(default=None, description="1 prints the traceback of each error")
    replay: Annotated[str, BeforeValidator(_replay)] | None = Field(
        default=None, description="a server on this machine that replaces the whole web, for developers"
    )

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in given.items() if not isinstance(value, str) or value.strip()}


class InForce(NamedTuple):
    """A setting as it is in force. ``origin`` is "environment", "--profile" or "default"; ``value`` is None where it
    is not set, and never a secret.
    """

    setting: str
    value: str | None
    origin: str
    meaning: str


def _shown(value: Any) -> str | None:
    if value is None or isinstance(value, SecretStr):
        return None if value is None else "set, not shown"
    return str(value) if not isinstance(value, bool) else "yes" if value else "no"


def read_environment() -> Environment:
    """The settings of this process's environment. Raises WrongSetting, which names the variable, never a secret."""
    try:
        return Environment()
    except ValidationError as error:
        raise WrongSetting(_sentences(error)[0]) from None


def wrong_settings() -> list[str]:
    """A sentence for each setting of this process's environment that is invalid; none contains a secret."""
    try:
        Environment()
    except ValidationError as error:
        return _sentences(error)
    return []


def _sentences(error: ValidationError) -> list[str]:
    return [
        f"{detail['loc'][0]} {detail.get('ctx', {}).get('error', 'has an invalid value.')}"
        for detail in error.errors(include_url=False, include_input=False)
    ]


def settings_in_force(environment: Environment, profile: str) -> list[InForce]:
    """Every setting with its value and origin, secrets masked. ``profile`` is the one of this call."""
    found: list[InForce] = []
    for name, field in Environment.model_fields.items():
        value = getattr(environment, name)
        origin = "environment" if name in environment.model_fields_set else "default"
        if name == "profile" and value != profile:
            value, origin = profile, "--profile"
        shown = _shown(value)
        found.append(InForce(field.alias or name, shown, origin, field.description or ""))
    return found
