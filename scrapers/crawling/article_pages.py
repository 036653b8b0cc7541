"""Fetches the pages of single articles, and decides whether a failure is the article's or its host's.

Retry times are in orchestration/warehouse/article_failures.py, listings in crawl.py. A failure is recorded and the
crawl goes on to the next article.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scrapers.crawling.visits import KnownItem, PageStore, Visit
from scrapers.http.throttling import HostDown
from scrapers.parsing.site import Site
from scrapers.parsing.wayback import original_of
from scrapers.records import Gone, Ignored, Link, SourceError
from scrapers.registry import Source

# After this many failures in a row another article is requested, to see whether the site serves any.
# Two failures of the host are enough: a third opens its circuit breaker (throttling.py).
MOST_IN_A_ROW, MOST_OF_HOST_IN_A_ROW = 10, 2
# A first crawl has no stored article to request; fewer failures than this are blamed on the articles.
LEAST_TO_BLAME_SOURCE = 3
MOST_RETRIES = 20


@dataclass(slots=True)
class ArticlePages:
    """The articles of one crawl. ``visit`` requests a page and stores it; ``now`` is the crawl's time (UTC).

    Failures are held until another article is served; then they are counted against their articles.
    When none is served, the source has failed and nothing is counted against its articles.
    """

    source: Source
    site: Site
    page_store: PageStore
    visit: Callable[[str], Visit]
    now: datetime
    may_ask_stored: bool = True
    is_served: bool = False
    _held: list[tuple[Link, SourceError]] = field(default_factory=list)
    _tried: set[str] = field(default_factory=set)

    def of(self, links: Sequence[Link], recent: datetime | None) -> Iterator[Visit]:
        """Pages of the links that are not stored; with ``recent``, also of those published since then.

        Raises SourceError when articles fail in a row and no other one is served either.
        """
        # An article that failed before may end the crawl again, so it comes last.
        links = sorted(links, key=lambda link: self.page_store.has_failed(link.item_id))
        for place, link in enumerate(links):
            known = self.page_store.knows(link.item_id)
            is_over = known is not None and (recent is None or known < recent)
            if is_over and not self._is_listed_again(link):
                continue
            if link.item_id in self._tried or self.page_store.must_wait(link.item_id, self.now):
                continue
            visit = self._read(link, known)
            if visit is not None:
                yield visit
            self._judge(links[place + 1 :])

    def retried(self) -> Iterator[Visit]:
        """Pages of articles that failed in earlier crawls and are due for a retry. Raises SourceError as ``of``."""
        for link in self.page_store.due(self.now, MOST_RETRIES):
            if link.item_id in self._tried:
                continue
            try:
                visit = self._read(link, self.page_store.knows(link.item_id))
            except SourceError:
                if original_of(link.url) == link.url:
                    raise
                return  # the Wayback Machine is not part of the source; its captures are retried later
            if visit is not None:
                yield visit
            self._judge([])

    def finish(self) -> None:
        """Settle the failures still held. Raises SourceError when the source failed."""
        if self._held and not self.is_served:
            self._prove(self._held, [])
        self._settle(is_counted=True)

    def _read(self, link: Link, known: datetime | None) -> Visit | None:
        """The article's page; None when it can't be read, and the failure is held."""
        self._tried.add(link.item_id)
        is_known_bad = self.page_store.has_failed(link.item_id)
        is_asked = is_known_bad or self._is_listed_again(link)
        try:
            visit = (None if is_asked else self.page_store.stored(link.url)) or self.visit(link.url)
        except Gone as error:
            # The list still shows it: a first "not found" may be a temporary fault, the next one is a deletion.
            if known is None or not self.page_store.failed_attempts(link.item_id):
                self._hold(link, error)
                return None
            visit = self.page_store.keep(error.page)
            gone = KnownItem(link.item_id, link.url, known)
            self.page_store.mark_absent(gone, is_deleted=True, noticed_at=visit.page.fetched_at)
            self.page_store.forget_failure(link.item_id)
            return visit
        except SourceError as error:
            if error.kind == "rate limit" and error.ends_crawl:
                # If not recorded, the same article would end every crawl at the same place.
                self.page_store.note_failure(link, str(error), True, self.now)
                if is_known_bad:  # it came last: the other articles have been read
                    return None
            if error.ends_crawl:
                raise
            self._hold(link, error)
            return None
        except Exception as fault:
            sentence = f"{self.source.id}: {link.url} could not be read ({type(fault).__name__}: {fault})."
            self._hold(link, SourceError(self.source.id, sentence))
            return None
        self._note(link, visit)
        return visit

    def _is_listed_again(self, link: Link) -> bool:
        """True when the source's own list shows an article that is marked as deleted: its page is asked anew. A
        capture of the Wayback Machine proves nothing.
        """
        return self.may_ask_stored and self.page_store.is_deleted(link.item_id)

    def _note(self, link: Link, visit: Visit) -> None:
        """Record the result of a fetched page: the article, another one, or none."""
        is_article = self.site.item_id(self.source, original_of(visit.page.url)) is not None
        items = [a.announcement_id for a in visit.parsed.announcements]
        found = [*items, *(item.item_id for item in visit.parsed.ignored)] if is_article else []
        if not found:
            problems = [f"{problem.message} ({problem.excerpt})" for problem in visit.parsed.problems]
            why = problems[0] if problems else "it holds no article"
            at = visit.page.url if visit.page.url == link.url else f"{link.url} leads to {visit.page.url}"
            sentence = f"{self.source.id}: {at}: {why}; open it in a browser."
            self._hold(link, SourceError(self.source.id, sentence))
            return
        self.is_served = True
        self._settle(is_counted=True)
        self.page_store.forget_failure(link.item_id)
        if link.item_id not in found:
            # Otherwise the old address would be requested in every crawl.
            reason = f"its address leads to item {found[0]}"
            moved = Ignored(self.source.id, link.item_id, reason, link.title[:200], link.published_at)
            self.page_store.ignore(moved, self.now)

    def _hold(self, link: Link, error: SourceError) -> None:
        self._held.append((link, error))

    def _judge(self, ahead: Sequence[Link]) -> None:
        """After many failures in a row, or a few of the host: request another article."""
        of_host = self._held[-MOST_OF_HOST_IN_A_ROW:]
        is_of_host = len(of_host) == MOST_OF_HOST_IN_A_ROW and all(isinstance(e, HostDown) for _, e in of_host)
        if is_of_host or len(self._held) >= MOST_IN_A_ROW:
            self._prove(self._held, ahead)
            self._settle(is_counted=True)

    def _prove(self, held: Sequence[tuple[Link, SourceError]], ahead: Sequence[Link]) -> None:
        """Raise SourceError unless another article is served now."""
        others = self._others(ahead)
        if any(map(self._is_readable, others)):
            self.is_served = True
            return
        if not others and len(held) < LEAST_TO_BLAME_SOURCE:
            return
        count, (_, last) = len(held), held[-1]
        self._settle(is_counted=False)
        raise SourceError(
            self.source.id,
            f"{self.source.id}: {count} of its articles could not be read one after another, nor any other that was "
            f"asked for, so the site is to blame and not they; all are asked for again. The last: {last}",
        )

    def _others(self, ahead: Sequence[Link]) -> list[str]:
        """Articles to test whether the site serves any: one that was read before, or some not tried yet."""
        stored = self.page_store.newest() if self.may_ask_stored else None
        if stored is not None and stored.item_id not in {link.item_id for link, _ in self._held}:
            return [stored.url]
        untried = [link.url for link in ahead if self.page_store.knows(link.item_id) is None]
        return list(dict.fromkeys([untried[-1], untried[len(untried) // 2]])) if untried else []

    def _is_readable(self, url: str) -> bool:
        try:
            return bool(self.visit(url).parsed.announcements)
        except SourceError as error:
            if error.ends_crawl:
                raise
            return False
        except Exception:
            return False  # whatever failed, no article was served

    def _settle(self, is_counted: bool) -> None:
        for link, error in self._held:
            self.page_store.note_failure(link, str(error), is_counted, self.now)
        self._held.clear()
