"""Renders the report's templates: where a page stands, what every page is given.

What each page says is in front_page.py, exchange_pages.py and sources_page.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from orchestration.output.sanitize import for_terminal, for_url
from orchestration.report.publication import Publication
from orchestration.report.words import LANGUAGES, Language, Words

if TYPE_CHECKING:
    from jinja2 import Environment

# Nothing is loaded from anywhere else, and no text of a source can become a script.
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)
FOLDERS: dict[Language, str] = {"en": "", "uk": "uk/"}


@dataclass(frozen=True, slots=True)
class Page:
    """A page's place: ``name`` is its path within its language's part of the site."""

    language: Language
    name: str

    @property
    def path(self) -> str:
        return FOLDERS[self.language] + self.name

    @property
    def root(self) -> str:
        """The way to the site's top, for links that work from a file, too."""
        return "../" * self.path.count("/")

    @property
    def home(self) -> str:
        """The way to the top of this language's part."""
        return "../" * self.name.count("/")

    @property
    def other_language(self) -> Language:
        return next(language for language in LANGUAGES if language != self.language)

    @property
    def other_path(self) -> str:
        return FOLDERS[self.other_language] + self.name


@cache
def environment() -> Environment:
    """Every value is escaped, control characters and those that turn the direction of text are marked."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("orchestration.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: for_terminal(value) if type(value) is str else value,
    )


def render(page: Page, template: str, words: Words, publication: Publication, **values: Any) -> str:
    """A page as HTML."""
    return (
        environment()
        .get_template(f"{template}.html.j2")
        .render(
            page=page,
            w=words,
            base=publication.address,
            is_sample=publication.is_sample,
            record=publication.record,
            policy=POLICY,
            **values,
        )
    )


def link(address: str | None) -> str | None:
    """An address of outside that is safe in a link; None when it is no web address."""
    return for_url(address or "") or None
