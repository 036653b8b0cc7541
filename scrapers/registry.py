"""The registry of sources as typed records.

Facts about a source are in registry.yaml; how to parse a site is in scrapers/sources.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from scrapers.errors import ObminError
from scrapers.extraction.normalization import normalized
from scrapers.yaml_file import read_yaml

REGISTRY = Path(__file__).parent / "registry.yaml"
PARSERS = Path(__file__).parent / "sources"
Confidence = Literal["probed", "in use", "seen once", "unverified"]


class UnknownSource(ObminError):
    """A source id that is not in the registry."""


class BrokenRegistry(ObminError):
    """The registry file can't be used. The message names the entry and its fault."""


class Fact(BaseModel):
    """A fact about a site, its evidence, and its confidence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fact: str
    rests_on: str
    confidence: Confidence


class Access(BaseModel):
    """Whether the site serves a plain client, and the evidence. ``blocked``: it is requested all the same, used when
    it responds, and its refusal raises no alert.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Literal["open", "unproven", "blocked"]
    rests_on: str = Field(min_length=1)


class Expected(BaseModel):
    """The normal volume. ``on_listing`` is the minimum of items on a listing's first page; ``checked_within_hours``
    is the maximum age of the last successful check.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    on_listing: int = Field(ge=0)
    least_a_week: int = Field(ge=0)
    most_a_week: int = Field(ge=1)
    checked_within_hours: float = Field(gt=0)

    @model_validator(mode="after")
    def _least_is_less(self) -> Expected:
        if self.least_a_week > self.most_a_week:
            raise ValueError(f"least_a_week ({self.least_a_week}) is more than most_a_week ({self.most_a_week})")
        return self


class Source(BaseModel):
    """One registry entry. ``url`` is where listing starts; ``hosts`` are the source's own. ``publisher`` is English.

    ``takes``: every item, or only those whose title matches the subject (`title_stems` of the file).
    ``address_stems``: the same for addresses, the file's unless the entry has its own; none when its addresses hold
    numbers only, and then captures of them are filtered by title.
    ``role``: a source of facts, or of tables to compare with, which never become facts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    publisher: str
    publisher_uk: str
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
        """True when an item with this title, or title and summary, may be relevant."""
        words_lower = normalized(" ".join(words)).lower()
        return self.takes == "everything" or any(stem in words_lower for stem in self.title_stems)

    def wants_address(self, url: str) -> bool:
        """The same when only the item's address is known, whose words are in Latin letters. Where addresses contain
        no words, every item may be relevant.
        """
        is_wordless = not self.address_stems
        return self.takes == "everything" or is_wordless or any(stem in url.lower() for stem in self.address_stems)

    def as_excerpt(self) -> Source:
        """The source as an excerpt served on this machine: not blocked, and without an expected volume."""
        expected = self.expected.model_copy(
            update={"on_listing": min(1, self.expected.on_listing), "least_a_week": 0}
        )
        access = Access(state="open", rests_on="served on this machine")
        return self.model_copy(update={"expected": expected, "access": access})

    @field_validator("url")
    @classmethod
    def _is_web_address(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_web = False
        if not is_web:
            raise ValueError(f"{url!r} is no web address")
        return url

    @field_validator("parser")
    @classmethod
    def _is_module(cls, name: str) -> str:
        known = sorted(path.stem for path in PARSERS.glob("*.py") if path.stem != "__init__")
        if name not in known:
            raise ValueError(f"there is no scrapers/sources/{name}.py; the parsers are {', '.join(known)}")
        return name

    @field_validator("time_zone")
    @classmethod
    def _is_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is no time zone, like Europe/Kyiv") from error
        return name

    @model_validator(mode="after")
    def _titles_need_stems(self) -> Source:
        if self.takes == "titles" and not self.title_stems:
            raise ValueError(f"{self.id} takes by title, and title_stems has none for {self.language!r}")
        return self


class WebArchives(BaseModel):
    """The source of all pages that `obmin mine` found: nobody crawls it. Its side is the press's, which confirms
    nothing, and every other source comes before it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Literal["web_archives"]
    publisher: str
    publisher_uk: str
    side: Literal["press"]
    precedence: int = Field(ge=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title_stems: dict[str, tuple[str, ...]]
    address_stems: tuple[str, ...]
    sources: list[dict[str, Any]] = Field(min_length=1)
    web_archives: WebArchives


@cache
def load_registry() -> tuple[Source, ...]:
    """All sources that are crawled, in the order of the file. Raises BrokenRegistry or BrokenYaml."""
    return read_registry(REGISTRY)


@cache
def load_web_archives() -> WebArchives:
    """The source of mined pages. Raises BrokenRegistry or BrokenYaml."""
    return _read_file(REGISTRY).web_archives


def read_registry(path: Path) -> tuple[Source, ...]:
    """The sources of a file.

    Raises BrokenRegistry when it does not match the schema, repeats an id, or has no place for mined pages behind all
    others; BrokenYaml when it can't be read.
    """
    file = _read_file(path)
    sources: dict[str, Source] = {}
    for order, entry in enumerate(file.sources, start=1):
        name = f"source {order} ({str(entry.get('id'))[:40]})"
        stems = {"title_stems": file.title_stems.get(str(entry.get("language")), ())}
        try:
            source = Source.model_validate({**stems, "address_stems": file.address_stems, **entry})
        except ValidationError as error:
            raise BrokenRegistry(f"{path}, {name}: {_errors(error)}. docs/add-a-source.md shows the form.") from error
        if source.id in (*sources, file.web_archives.id):
            raise BrokenRegistry(f"{path}, {name}: the id {source.id} is given twice; each source needs its own.")
        if source.precedence >= file.web_archives.precedence:
            raise BrokenRegistry(
                f"{path}, {name}: its precedence is {source.precedence}, and that of {file.web_archives.id}, which "
                f"comes last, is {file.web_archives.precedence}. Give it a smaller one."
            )
        sources[source.id] = source
    return tuple(sources.values())


def _read_file(path: Path) -> _File:
    try:
        return _File.model_validate(read_yaml(path))
    except ValidationError as error:
        raise BrokenRegistry(f"{path}: {_errors(error)}. docs/add-a-source.md shows the form.") from error


def _errors(error: ValidationError) -> str:
    """Pydantic's errors, each with its location."""
    found = []
    for detail in error.errors(include_url=False, include_input=False):
        place = ".".join(map(str, detail["loc"])) or "the file"
        found.append(f"{place}: {detail['msg'].removeprefix('Value error, ').replace(' or instance of _File', '')}")
    return "; ".join(found)


def get_source(source_id: str) -> Source:
    """The entry with this id.

    Raises UnknownSource, naming the ids that exist.
    """
    for source in load_registry():
        if source.id == source_id:
            return source
    known = ", ".join(source.id for source in load_registry())
    raise UnknownSource(f"There is no source {source_id!r}. Known sources: {known}.")


@cache
def _ukrainian_names() -> dict[str, str]:
    sources: list[Source | WebArchives] = [*load_registry(), load_web_archives()]
    return {source.publisher: source.publisher_uk for source in sources}


def publisher_in(language: str, publisher: str) -> str:
    """A publisher's name in a language ("uk", else English); one that left the registry keeps its English name."""
    return _ukrainian_names().get(publisher, publisher) if language == "uk" else publisher
