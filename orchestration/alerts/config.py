"""alerts.yaml: which channels get which alerts, validated before anything runs. Addresses are in the environment.

Reading and validation only; sending is in channels.py.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from orchestration.alerts.kinds import KINDS, STREAMS
from scrapers.errors import ObminError
from scrapers.yaml_file import BrokenYaml, read_yaml

Language = Literal["en", "uk"]


class BrokenAlerts(ObminError):
    """alerts.yaml, or an address in the environment, can't be used. The message names it and the fix."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One address and the alerts it gets. Logs and the outbox call it ``name``; the address is secret."""

    name: str
    address: str
    kinds: frozenset[str]
    least_released: int
    language: Language

    def __repr__(self) -> str:
        return f"Channel({self.name})"

    def is_large_enough(self, released: int | None) -> bool:
        """True for an exchange of at least ``least_released`` people. None passes: an exchange announced without a
        number may be of any size, and other alerts count no people.
        """
        return released is None or released >= self.least_released


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    address_in: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
    required: bool = True
    kinds: list[str] = Field(default=["news"], min_length=1)
    least_released: int = Field(default=0, ge=0)
    language: Language = "en"

    @field_validator("kinds")
    @classmethod
    def _known(cls, kinds: list[str]) -> list[str]:
        unknown = [kind for kind in kinds if kind not in STREAMS and kind not in KINDS]
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is no kind; there are {', '.join([*STREAMS, *KINDS])}")
        return kinds


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channels: list[_Entry]

    @field_validator("channels")
    @classmethod
    def _named_apart(cls, channels: list[_Entry]) -> list[_Entry]:
        names = [channel.name for channel in channels]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two channels are named {', '.join(twice)}")
        return channels


def load_channels(path: Path, environment: Mapping[str, str] = os.environ) -> tuple[Channel, ...]:
    """The channels of a file, with their addresses.

    Raises BrokenAlerts, with one sentence for all errors and never an address in it.
    """
    channels: list[Channel] = []
    for entry in _entries(path):
        addresses = environment.get(entry.address_in, "").split()
        if not addresses and entry.required:
            raise BrokenAlerts(
                f"{path}: the channel {entry.name} takes its address from {entry.address_in}, which is not set. Set "
                "it, or give the channel `required: false`."
            )
        if not all(map(_is_address, addresses)):
            raise BrokenAlerts(
                f"{path}: the channel {entry.name} has an address in {entry.address_in} that is none; fix it there."
            )
        for place, address in enumerate(addresses, start=1):
            # The first keeps the name: what waits for it does not get lost when a second one is added.
            name = entry.name if place == 1 else f"{entry.name}-{place}"
            channels.append(Channel(name, address, _kinds(entry), entry.least_released, entry.language))
    return tuple(channels)


def variables_of_addresses(path: Path) -> dict[str, str]:
    """The environment variable that holds each channel's address, by channel. Raises BrokenAlerts."""
    return {entry.name: entry.address_in for entry in _entries(path)}


def _entries(path: Path) -> list[_Entry]:
    try:
        written = read_yaml(path)
    except BrokenYaml as error:
        raise BrokenAlerts(f"{error} OBMIN_ALERTS names the file of the alerts' channels.") from error
    try:
        return _File.model_validate(written).channels
    except ValidationError as error:
        raise BrokenAlerts(f"{path}: {_described(error)}. docs/alerts.md shows the form.") from error


def _is_address(written: str) -> bool:
    """False for what no library could parse; a web address needs a host too."""
    try:
        parts = urlsplit(written)
        return bool(parts.scheme) and (
            parts.scheme not in ("http", "https") or bool(parts.hostname and parts.port != 0)
        )
    except ValueError:
        return False


def _kinds(entry: _Entry) -> frozenset[str]:
    return frozenset(kind for kind, of in KINDS.items() if kind in entry.kinds or of in entry.kinds)


def _described(error: ValidationError) -> str:
    """Pydantic's errors with the location of each, and without the values: one may be an address."""
    found = []
    for detail in error.errors(include_input=False, include_url=False):
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"])
        message = detail["msg"].removeprefix("Value error, ").replace(" or instance of _File", "")
        found.append(f"{place.lstrip('.') or 'the file'}: {message}")
    return "; ".join(found)
