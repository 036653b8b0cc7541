"""Which sources exist: the registry file as typed records.

A fact about a source belongs in registry.yaml; how to read a site belongs in scrapers/sources.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources
from typing import Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field


class UnknownSource(ValueError):
    """A source id that the registry does not hold."""


class Source(BaseModel):
    """One registry entry. ``url`` is where listing starts; ``history_from`` bounds a first crawl."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    publisher: str
    side: Literal["ukraine", "russia", "mediator", "press"]
    language: Literal["uk", "en", "ru"]
    precedence: int = Field(ge=1)
    parser: str
    url: str
    history_from: date
    seconds_between_requests: float = Field(ge=0)
    least_items_on_listing: int = Field(ge=0)
    title_stems: tuple[str, ...] = ()
    rests_on: dict[str, str]

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


@cache
def load_registry() -> tuple[Source, ...]:
    """All sources, in the order of the file.

    Raises pydantic.ValidationError when an entry does not fit the schema.
    """
    raw = yaml.safe_load(resources.files("scrapers").joinpath("registry.yaml").read_text("utf-8"))
    return tuple(Source.model_validate(entry) for entry in raw["sources"])


def get_source(source_id: str) -> Source:
    """The entry with this id.

    Raises UnknownSource, naming the ids that exist.
    """
    for source in load_registry():
        if source.id == source_id:
            return source
    known = ", ".join(source.id for source in load_registry())
    raise UnknownSource(f"There is no source {source_id!r}. Known sources: {known}.")
