"""A crawl of one source: which pages to request, in what order, and when to stop. The same for every site.

Parsing is in scrapers/sources, single articles in article_pages.py, the page store's protocol in visits.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scrapers.crawling.article_pages import ArticlePages
from scrapers.crawling.listing_end import list_page, page_or_end
from scrapers.crawling.visits import PageStore, Step, Visit
from scrapers.http.client import HttpClient
from scrapers.parsing import wayback
from scrapers.parsing.listings import Window
from scrapers.records import Gone, Link, ParsedPage, SourceError
from scrapers.registry import Source
from scrapers.sources import parse, site_of

# An announcement is edited within its first days, if ever; until then its page is requested again.
EDITED_WITHIN = timedelta(days=3)
MOST_PAGES_TO_JUMP = 4096
MOST_MISSING = 20
# Captures of one month that one call requests where each must be read to know its subject: an hour's work.
MOST_CAPTURES = 1_000
# One page may repeat items that were out of order on the page before; two in a row are no progress.
PAGES_WITHOUT_NEW = 2


class Shown:
    """The items that a crawl's pages have listed."""

    def __init__(self) -> None:
        self.items: set[str] = set()
        self.pages_without_new = 0

    def add(self, listed: set[str]) -> None:
        """Add a page's items. An empty page is not counted as one without new items: it may be the end."""
        self.pages_without_new = self.pages_without_new + 1 if listed and listed <= self.items else 0
        self.items |= listed


class Crawl:
    """One source's crawl, from an HTTP client to a page store. All methods raise SourceError when it can't go on."""

    def __init__(self, client: HttpClient, source: Source, page_store: PageStore) -> None:
        self._client, self._source, self._page_store = client, source, page_store
        self._site = site_of(source)
        self._found: dict[str, datetime] = {}

    def refresh(
        self, reach: datetime | None, now: datetime, known_through: datetime | None = None
    ) -> Iterator[Visit]:
        """Crawl from the newest page back until a page has nothing new; with ``reach``, back to that time.

        ``known_through`` is the time up to which the last complete crawl knew everything. A newer page with nothing
        new does not end the crawl: another command may have stored it, and none behind it.
        The source has failed when the first page shows fewer items than the registry expects. Items missing
        between those shown are requested one by one.
        """
        articles = self._article_pages(now)
        url: str | None = self._site.start(self._source, None)
        is_front, shown = True, Shown()
        before: ParsedPage | None = None
        while url is not None:
            visit = self._visit(url) if before is None else self._older_page(url, before)
            if visit is None:
                break
            if is_front:
                self._check_front(visit)
                self._tell_of_gap(visit, known_through)
            self._check_progress(visit, shown)
            before = visit.parsed
            yield visit
            fresh = (
                [item for item in visit.parsed.listed() if self._page_store.knows(item) is None]
                if visit.is_new
                else []
            )
            yield from self._found_in(articles.of(visit.parsed.links, now - EDITED_WITHIN))
            if is_front:
                self._look_for_missing(visit)
            moments = self._moments(visit.parsed)
            is_behind = bool(moments) and reach is not None and max(moments) < reach
            is_done = is_behind or (reach is None and not fresh and _meets(moments, known_through))
            url, is_front = None if is_done else visit.parsed.older, False
        yield from self._found_in(articles.retried())
        articles.finish()

    def history(self, window: Window, resume: str | None, newer_ended_at: str | None = None) -> Iterator[Step]:
        """Every page of a window, newest first.

        ``newer_ended_at`` is the listing's page where the window after this one ended, if known.
        """
        if not self._site.reaches_back:
            raise SourceError(
                self._source.id,
                f"{self._source.id}: its listing shows only the newest items; for its past, ask the Wayback Machine: "
                "add --wayback.",
            )
        front = self._listing(self._site.start(self._source, None))
        # A window may be empty; a listing without items is a fault and must not complete a month.
        self._check_front(front)
        url: str | None = resume or self._page_before(front, window, newer_ended_at)
        articles, shown = self._article_pages(self._client.moment()), Shown()
        before: ParsedPage | None = None
        while url is not None:
            visit = self._older_page(url, before)
            if visit is None:
                self._check_window(window, shown.items)
                articles.finish()
                return
            self._check_progress(visit, shown)
            before = visit.parsed
            inside = [
                link
                for link in visit.parsed.links
                if link.published_at is None or window.since <= link.published_at < window.until
            ]
            for article in self._found_in(articles.of(inside, None)):
                yield Step(article, url, None)
            moments = self._moments(visit.parsed)
            is_behind = bool(moments) and max(moments) < window.since
            step = Step(visit, None if is_behind else visit.parsed.older, None if is_behind else url)
            url = step.resume
            if url is None:
                articles.finish()
            yield step

    def captures(self, window: Window, resume: str | None) -> Iterator[Step]:
        """Articles of a window from the Wayback Machine's captures, for pages that are gone.

        Raises SourceError after MOST_CAPTURES: what is stored or ignored by then is not requested again.
        """
        articles = self._article_pages(self._client.moment(), may_ask_stored=False)
        asked = 0
        url: str | None = resume or wayback.index_url(self._source, window)
        while url is not None:
            addresses, key = wayback.captures_of(self._client.get(self._source, url))
            following = wayback.index_url(self._source, window, key) if key else None
            for visit in articles.of(self._captured(addresses), None):
                yield Step(visit, url, None)
                asked += 1
                if asked >= MOST_CAPTURES:
                    raise SourceError(
                        self._source.id,
                        f"{self._source.id}: {asked} captures of {window.until - timedelta(days=1):%Y-%m} were read, "
                        "as many as one call takes, and there are more; run it again: it goes on from there.",
                    )
            url = following
        articles.finish()

    def _captured(self, addresses: list[str]) -> list[Link]:
        """Captures of articles whose address may be about the subject."""
        links = []
        for address in addresses:
            item_id = self._site.item_id(self._source, wayback.original_of(address))
            if item_id and self._source.wants_address(address):
                links.append(Link(item_id, address, ""))
        return links

    def _visit(self, url: str) -> Visit:
        return self._page_store.keep(self._client.get(self._source, url, self._page_store.validators(url)))

    def _visit_anew(self, url: str) -> Visit:
        return self._page_store.keep(self._client.get(self._source, url))

    def _look(self, url: str) -> ParsedPage:
        """Parse a page; it is stored only when it shows an item."""
        page = self._client.get(self._source, url)
        parsed = parse(self._source, page)
        return self._page_store.keep(page).parsed if parsed.items() else parsed

    def _listing(self, url: str) -> Visit:
        """An older page. Where items move between pages, mixing stored and new pages would leave a gap."""
        return (self._page_store.stored(url) if self._site.is_stable(url) else None) or self._visit(url)

    def _older_page(self, url: str, before: ParsedPage | None) -> Visit | None:
        """A listing page behind the first; None at the end. Raises SourceError when the end is uncertain."""
        visit = list_page(self._site, self._listing, url)
        if visit is not None and visit.parsed.items():
            return visit
        return page_or_end(self._source, self._site, self._visit_anew, self._look, visit, url, before)

    def _check_window(self, window: Window, shown: set[str]) -> None:
        """Raise SourceError for an empty window of a source that publishes every week."""
        is_by_date = self._site.start(self._source, window) != self._site.start(self._source, None)
        is_long = window.until - window.since >= timedelta(days=7)
        if is_by_date and is_long and not shown and self._source.expected.least_a_week:
            raise SourceError(
                self._source.id,
                f"{self._source.id}: nothing is listed from {window.since:%Y-%m-%d} to {window.until:%Y-%m-%d}, "
                f"where {self._source.expected.least_a_week} items a week were expected; that time stays open. "
                f"Open {self._site.start(self._source, window)} in a browser.",
            )

    def _check_front(self, visit: Visit) -> None:
        least, shown = self._source.expected.on_listing, len(visit.parsed.items()) + len(visit.parsed.rows)
        if shown < least:
            raise SourceError(
                self._source.id,
                f"{self._source.id}: {visit.page.url} lists {shown} items where at least {least} were expected; the "
                f"listing may be switched off or its markup changed. Run `obmin sources check {self._source.id}`.",
            )

    def _tell_of_gap(self, front: Visit, known_through: datetime | None) -> None:
        """Add a sentence to a page's ``drift`` where nothing is behind it and it begins after all that was read."""
        listed, moments = front.parsed.listed(), self._moments(front.parsed)
        if known_through is None or front.parsed.older is not None or not moments or min(moments) <= known_through:
            return
        if not any(self._page_store.knows(item) for item in listed):
            front.parsed.drift.append(
                f"{front.page.url} lists items from {min(moments):%Y-%m-%d %H:%M} UTC on, and the last that was "
                f"read is of {known_through:%Y-%m-%d %H:%M}: what was published between them was missed. Run "
                f"`obmin backfill --source {self._source.id} --from {known_through:%Y-%m-%d}`, with --wayback if it "
                "has no past of its own."
            )

    def _check_progress(self, visit: Visit, shown: Shown) -> None:
        """Raise SourceError for endless paging, as where a site ignores the page number. Adds to ``shown``."""
        shown.add(set(visit.parsed.listed()))
        if shown.pages_without_new >= PAGES_WITHOUT_NEW:
            raise SourceError(
                self._source.id,
                f"{self._source.id}: {visit.page.url} lists only what the pages before it listed; its paging may "
                f"have changed. Check the paging in scrapers/sources/{self._source.parser}.py.",
            )

    def _article_pages(self, now: datetime, may_ask_stored: bool = True) -> ArticlePages:
        return ArticlePages(self._source, self._site, self._page_store, self._visit, now, may_ask_stored)

    def _found_in(self, visits: Iterator[Visit]) -> Iterator[Visit]:
        """The same visits; records when their articles were published."""
        for visit in visits:
            self._found |= {a.announcement_id: a.published_at for a in visit.parsed.announcements}
            yield visit

    def _look_for_missing(self, front: Visit) -> None:
        """Request each stored item that the newest page skips: it is deleted, or only unlisted."""
        shown = front.parsed.listed()
        moments = sorted(self._moments(front.parsed))
        if not moments:
            return
        # A site may pin an old item to its front page, so the span begins at the first quartile.
        quarter = max(len(moments) // 4, 1 if len(moments) > 2 else 0)
        span = self._page_store.between(moments[quarter], front.page.fetched_at)
        now = self._client.moment()
        missing = [item for item in span if item.item_id not in shown]
        for item in missing[-MOST_MISSING:]:
            if self._page_store.must_wait(item.item_id, now):
                continue
            address = self._site.single(self._source, item.item_id, item.url)
            try:
                visit = self._visit(address)
            except Gone as error:
                # A first "not found" may be a temporary fault, the next one is a deletion.
                if not self._page_store.failed_attempts(item.item_id):
                    link = Link(item.item_id, address, "", item.published_at)
                    self._page_store.note_failure(link, str(error), True, now)
                    continue
                visit = self._page_store.keep(error.page)
                self._page_store.forget_failure(item.item_id)
            except SourceError as error:
                if error.ends_crawl:
                    raise
                continue  # only this item is affected, and the next crawl requests it again
            is_deleted = item.item_id in visit.parsed.gone
            self._page_store.mark_absent(item, is_deleted, noticed_at=visit.page.fetched_at)

    def _moments(self, parsed: ParsedPage) -> list[datetime]:
        """When a page's items were published: from the page, from their own pages, or from the page store."""
        found = (
            moment or self._found.get(item) or self._page_store.knows(item)
            for item, moment in parsed.listed().items()
        )
        return [moment for moment in found if moment is not None]

    def _page_before(self, front: Visit, window: Window, newer_ended_at: str | None) -> str:
        """The listing's page where a window begins, found by doubling and bisection."""
        start, until = self._site.start(self._source, window), window.until
        # A list by date begins at the window; one without numbered pages must be read page by page.
        if self._site.jump(self._source, front.parsed, 1) is None:
            return start
        if newer_ended_at is not None:
            return newer_ended_at
        moments = self._moments(front.parsed)
        # A list without times can't be searched.
        if not moments or min(moments) < until:
            return start
        near, far = 0, 1
        while far < MOST_PAGES_TO_JUMP and not self._is_past(front.parsed, far, until):
            near, far = far, far * 2
        while far - near > 1:
            middle = (near + far) // 2
            near, far = (near, middle) if self._is_past(front.parsed, middle, until) else (middle, far)
        return self._site.jump(self._source, front.parsed, near) or start if near else start

    def _is_past(self, front: ParsedPage, pages: int, until: datetime) -> bool:
        """True when all items of the page that far back are before ``until``, or there is no such page."""
        url = self._site.jump(self._source, front, pages)
        if url is None:
            return True
        visit = list_page(self._site, self._listing, url)
        parsed = visit.parsed if visit is not None else ParsedPage()
        moments = self._moments(parsed)
        return not parsed.items() or (bool(moments) and max(moments) < until)


def _meets(moments: list[datetime], known_through: datetime | None) -> bool:
    """True when at least half of a page's items are no newer; a single pinned item proves nothing."""
    return known_through is None or not moments or sorted(moments)[len(moments) // 2] <= known_through
