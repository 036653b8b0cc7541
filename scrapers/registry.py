"""Which sources exist: the registry file as typed records.

A fact about a source belongs in registry.yaml; how to read a site belongs in scrapers/sources.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from scrapers.errors import ObminError
from scrapers.reading.normalization import normalized

Confidence = Literal["probed", "in use", "seen once", "unverified"]


class UnknownSource(ObminError):
    """A source id that the registry does not hold."""


class Fact(BaseModel):
    """What is known of a site, what that rests on, and how sure it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fact: str
    rests_on: str
    confidence: Confidence


class Access(BaseModel):
    """Whether a plain client is let in, and what that rests on. ``blocked``: it is tried all the same, used when it
    answers, and its refusal is no alarm.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Literal["open", "unproven", "blocked"]
    rests_on: str = Field(min_length=1)


class Expected(BaseModel):
    """What is normal. ``on_listing`` is the least items that a listing's first page shows; ``checked_within_hours``
    is how old the last successful check may be.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    on_listing: int = Field(ge=0)
    least_a_week: int = Field(ge=0)
    most_a_week: int = Field(ge=1)
    checked_within_hours: float = Field(gt=0)


class Source(BaseModel):
    """One registry entry. ``url`` is where listing starts; ``hosts`` are the source's own.

    ``takes``: every item, or only those whose title speaks of our subject (`title_stems` of the file).
    ``role``: a source of facts, or of tables to compare with, which never become facts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    publisher: str
    side: Literal["ukraine", "russia", "mediator", "press", "reference"]
    role: Literal["facts", "reconciliation"] = "facts"
    language: Literal["uk", "en", "ru"]
    time_zone: str = "Europe/Kyiv"
    precedence: int = Field(ge=1)
    parser: str
    url: str
    other_hosts: tuple[str, ...] = ()
    wayback: str | None = None
    seconds_between_requests: float = Field(ge=0)
    takes: Literal["everything", "titles"]
    title_stems: tuple[str, ...] = ()
    address_stems: tuple[str, ...] = ()
    access: Access
    expected: Expected
    markup: tuple[Fact, ...] = Field(min_length=1)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts that a redirect may lead to."""
        bare = self.host.removeprefix("www.")
        return tuple(dict.fromkeys((self.host, bare, f"www.{bare}", *self.other_hosts)))

    def wants(self, *words: str) -> bool:
        """True when an item with such a title, or title and summary, may speak of our subject."""
        said = normalized(" ".join(words)).lower()
        return self.takes == "everything" or any(stem in said for stem in self.title_stems)

    def wants_address(self, url: str) -> bool:
        """The same for an item of which only the address is known: its words, in Latin letters."""
        return self.takes == "everything" or any(stem in url.lower() for stem in self.address_stems)

    def as_excerpt(self) -> Source:
        """The source as a part of what it published, served by ourselves: not blocked, and of no expected volume."""
        expected = self.expected.model_copy(
            update={"on_listing": min(1, self.expected.on_listing), "least_a_week": 0}
        )
        access = Access(state="open", rests_on="served on this machine")
        return self.model_copy(update={"expected": expected, "access": access})

    @model_validator(mode="after")
    def _titles_need_stems(self) -> Source:
        if self.takes == "titles" and not self.title_stems:
            raise ValueError(f"{self.id} takes by title, and title_stems has none for {self.language!r}")
        return self


@cache
def load_registry() -> tuple[Source, ...]:
    """All sources, in the order of the file.

    Raises pydantic.ValidationError when an entry does not fit the schema.
    """
    raw = yaml.safe_load(resources.files("scrapers").joinpath("registry.yaml").read_text("utf-8"))
    stems: dict[str, Any] = raw["title_stems"]
    return tuple(
        Source.model_validate(
            {"title_stems": stems[entry["language"]], "address_stems": raw["address_stems"], **entry}
        )
        for entry in raw["sources"]
    )


def get_source(source_id: str) -> Source:
    """The entry with this id.

    Raises UnknownSource, naming the ids that exist.
    """
    for source in load_registry():
        if source.id == source_id:
            return source
    known = ", ".join(source.id for source in load_registry())
    raise UnknownSource(f"There is no source {source_id!r}. Known sources: {known}.")
