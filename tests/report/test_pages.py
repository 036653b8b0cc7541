"""What the report's pages say, against the sample's facts: figures, lower bounds, evidence, links, both languages."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import duckdb
import feedparser
import pytest
from bs4 import BeautifulSoup

from orchestration.report.sources_page import state_of
from orchestration.report.words import LANGUAGES, Words
from orchestration.settings import PROJECT, Settings
from scrapers.registry import get_source
from tests.support.pseudo_terminal import obmin_in_a_pipe

# By the sample's facts: 81 exchanges, 10 of them of 2025 announced without a number; sums of released people by year.
BY_YEAR = {
    "2022": "1,569", "2023": "996", "2024": "1,358", "2025": "at least 2,174", "2026": "864",
}  # fmt: skip


def page(site: Path, path: str) -> BeautifulSoup:
    return BeautifulSoup((site / path).read_text("utf-8"), "html.parser")


def table(soup: BeautifulSoup, chart: str) -> list[list[str]]:
    """The rows of the table below a chart."""
    heading = soup.find(id=chart)
    assert heading is not None
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in heading.parent.select("tbody tr")]


def test_a_sum_beside_an_officials_total_is_a_lower_bound_where_it_is_one(site: Path) -> None:
    assert "this record then had at least 2,174" in page(site, "index.html").get_text()


def test_a_rule_says_what_it_is_about(site: Path) -> None:
    """A figure that nobody disputes has a reason of its own; a disputed one has the reason against the other value."""
    disputed = page(site, "exchanges/exchange-2022-11-23.html")
    notes = [note.get_text() for note in disputed.select(".figures .note")]
    against = "Why another value was not used: counts soldiers only, and the standing figure civilians too"
    assert [against in note for note in notes].count(True) == 2  # under the figure, and under the other value
    assert "Why this one: counts soldiers only" not in disputed.get_text()
    undisputed = page(site, "exchanges/exchange-2024-12-30.html").get_text()
    assert "Why this one: " in undisputed
    assert "Why another value" not in undisputed


def figure_of(site: Path, exchange: str, name: str) -> str:
    """What an exchange's page says of the first figure of this name."""
    (found, *_) = (
        one for one in page(site, f"exchanges/exchange-{exchange}.html").select(".figures > li")
        if one.h3 is not None and one.h3.get_text() == name
    )  # fmt: skip
    return " ".join(found.get_text(" ").split())


def test_a_quote_has_the_time_of_the_version_that_says_it(site: Path) -> None:
    # The post of 14:05 said 104; its edit, seen at 14:50, says 140.
    edited = figure_of(site, "2022-12-31", "released")
    assert "140" in edited
    assert "31 December 2022, 14:50 UTC" in edited
    assert "14:05" not in edited
    # The Headquarters' post is of 11:40, and the President had said it two hours before.
    repeated = figure_of(site, "2025-10-02", "released")
    assert "2 October 2025, 11:40 UTC" in repeated
    assert "First said 2 October 2025, 09:40 UTC." in repeated


def test_a_source_that_brought_something_never_says_that_it_never_answered() -> None:
    source, at, english = get_source("president_telegram"), datetime.fromisoformat("2026-05-20 12:00"), Words("en")
    assert state_of(source, {}, at, english) == "has never answered"
    assert state_of(source, {"last_error": "late", "announcements": 8}, at, english) == "has answered only in part"


def test_a_bare_number_is_quoted_with_its_sentence(site: Path) -> None:
    # The post's figure was read from "1" alone.
    quotes = [quote.get_text() for quote in page(site, "exchanges/exchange-2022-03-16.html").select("blockquote")]
    assert quotes
    assert min(len(quote.split()) for quote in quotes) > 2


def test_a_person_s_decision_is_named_in_place_of_a_confidence(site: Path) -> None:
    assert "A person checked the reading of this announcement." in figure_of(site, "2022-05-06", "released")
    corrected = figure_of(site, "2022-06-18", "released")
    assert "A person corrected the reading of this announcement; the quote may lack this number." in corrected
    assert "Confidence" not in corrected
    assert re.search(r"Confidence of the reading: 9\d %\.", figure_of(site, "2022-11-23", "released"))


def test_no_publisher_is_not_nought_publishers(site: Path) -> None:
    texts = [path.read_text("utf-8") for path in (site / "exchanges").glob("*.html")]
    assert not [text for text in texts if "0 publishers" in text]
    assert [text for text in texts if "No independent publisher gives it" in text]


def test_the_front_page_gives_the_records_sums_as_lower_bounds(site: Path) -> None:
    numbers = page(site, "index.html").select(".numbers .value")
    assert [number.get_text() for number in numbers] == ["at least 6,961", "81", "15 May 2026", "at least 8,000"]
    numbers = page(site, "uk/index.html").select(".numbers .value")
    assert [number.get_text().replace("\xa0", " ") for number in numbers] == [
        "щонайменше 6 961", "81", "15 травня 2026 року", "щонайменше 8 000",
    ]  # fmt: skip


def test_the_data_page_has_the_licence_and_citation_of_the_documentation(site: Path) -> None:
    document = " ".join((PROJECT / "docs" / "data-licence.md").read_text("utf-8").split())
    shown = " ".join(page(site, "data.html").get_text().split())
    cited = re.search(
        r"Obmin: the public record [^.]+\. Copy of (\d+ \w+ \d{4}, \d\d:\d\d UTC), publication (\S+)\.", shown
    )
    assert cited is not None
    assert cited[0].replace(cited[1], "TIME").replace(cited[2], "ID") in document
    for words in (
        "use them for anything, without asking",
        "quote them with their address",
    ):
        assert words in shown
        assert words in document


def test_the_confidence_under_a_quote_is_that_of_the_quote(built_sample: Settings) -> None:
    """Another publisher that agrees may have been read with less confidence, as on 31 January 2024."""
    with duckdb.connect(str(built_sample.published), read_only=True) as connection:
        assert connection.execute(
            "select count(*) from marts.fct_figures as figures join marts.fct_statements as statements "
            "using (statement_id) where figures.confidence is distinct from statements.confidence"
        ).fetchall() == [(0,)]
        # Groups of people apart, no figure is less sure than its exchange: an alert that tells who should confirm it
        # looks at the exchange.
        assert (
            connection.execute(
                "select exchange_id from marts.fct_figures as figures join marts.fct_exchanges as exchanges "
                "using (exchange_id) where measure <> 'part' and figures.confidence < exchanges.confidence"
            ).fetchall()
            == []
        )


def test_the_last_change_is_the_last_of_the_changes(site: Path) -> None:
    """Nine of the sample's exchanges have a group, or a number of another day, that was told later."""
    changed = 0
    for path in sorted((site / "exchanges").glob("*.html")):
        shown = BeautifulSoup(path.read_text("utf-8"), "lxml")
        heading = shown.find("h2", string="Changes since the first announcement")
        name = shown.find("dt", string="Last change")
        assert (heading is None) == (name is None), path.name
        if heading is not None and name is not None:
            *_, last = heading.find_next("table").select("tbody tr")
            written = datetime.fromisoformat(last.select("th, td")[0].get_text())
            assert name.find_next("dd").get_text() == f"{written:%-d %B %Y, %H:%M} UTC"
            changed += 1
    assert changed > 5


def test_what_waits_for_a_decision_is_what_a_review_shows(site: Path, built_sample: Settings) -> None:
    waiting = len(json.loads(obmin_in_a_pipe(built_sample.data.parent, "review", "list", "--json").raw))
    assert waiting > 1
    assert f"{waiting} announcements wait for a person's decision" in page(site, "index.html").get_text()


def test_an_announcement_in_several_versions_counts_once(site: Path) -> None:
    assert "456 announcements, read by a program" in page(site, "index.html").get_text()
    sources = page(site, "sources.html")
    rows = sources.select("tbody tr")
    assert "web archives" not in sources.get_text()  # none were loaded
    assert sum(int(row.select("td.number")[0].get_text()) for row in rows) == 456


def test_the_table_of_years_is_that_of_the_facts(site: Path) -> None:
    rows = table(page(site, "index.html"), "by_year")
    assert {row[0]: row[5] for row in rows} == BY_YEAR
    assert [row[1] for row in rows] == ["33", "13", "11", "20", "4"]
    assert [row[2] for row in rows] == ["0", "0", "0", "10", "0"]


def test_an_exchange_without_a_number_is_never_a_zero(site: Path) -> None:
    """In June and July 2025 no exchange has a number, in August one of several."""
    rows = {row[0]: row[1:] for row in table(page(site, "index.html"), "by_month")}
    assert rows["June 2025"][2] == rows["July 2025"][2] == ""
    assert rows["August 2025"][2] == "at least 84"
    (drawn,) = site.glob("charts/by_month.en.*.wide.svg")
    assert drawn.read_text("utf-8").count('aria-roledescription="point"') == 3
    assert not [row for row in rows.values() if row[2] == "0"]


def test_every_figure_of_an_exchange_is_on_its_page_with_its_words_and_address(
    site: Path, built_sample: Settings
) -> None:
    with duckdb.connect(str(built_sample.published), read_only=True) as connection:
        figures = connection.execute("select exchange_id, value, quote, url from marts.fct_figures").fetchall()
        ids = connection.execute("select exchange_id from marts.fct_exchanges").fetchall()
    assert len(ids) == 81
    pages = {exchange_id: page(site, f"exchanges/{exchange_id}.html") for (exchange_id,) in ids}
    shown = {
        exchange_id: {
            (item.select_one(".value").get_text(), item.blockquote.mark.get_text(), item.a["href"])
            for item in soup.select(".figures > li")
            if item.select_one(".value")
        }
        for exchange_id, soup in pages.items()
    }
    for exchange_id, value, quote, url in figures:
        number = f"{value:,}"
        assert {(form, quote, url) for form in (number, f"at least {number}", f"about {number}")} & shown[exchange_id]


def test_a_conflict_is_shown_with_its_rule(site: Path) -> None:
    """The Russian ministry counted 35 soldiers on 23 November 2022, and the Headquarters 36 with a civilian."""
    text = page(site, "exchanges/exchange-2022-11-23.html").get_text(" ", strip=True)
    assert "Ministry of Defence of the Russian Federation: 35, where 36 was used" in text
    assert "counts soldiers only, and the standing figure civilians too" in text


def test_a_correction_is_among_the_changes(site: Path) -> None:
    """On 31 December 2022 the number was first given as 104, and corrected to 140."""
    rows = page(site, "exchanges/exchange-2022-12-31.html").select("table")[0].select("tbody tr")
    cells = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows]
    assert [row[1:5] for row in cells if row[1] == "released"] == [
        ["released", "104", "140", "the announcement was edited"]
    ]


def test_the_json_beside_a_page_has_its_figures(site: Path) -> None:
    found = json.loads((site / "exchanges" / "exchange-2024-12-30.json").read_text("utf-8"))
    assert (found["exchange"]["released"], found["exchange"]["official_number"]) == (189, 59)
    assert {"released_total", "officers", "official_number"} <= {row["measure"] for row in found["figures"]}


def test_ukrainian_pages_have_no_english_reasons(site: Path) -> None:
    """What stays in English is marked: publishers' names, which the registry has in English only, and the dictionary."""
    reasons = {
        f"{path.name}: {part.get_text()}"
        for path in (site / "uk").rglob("*.html")
        if path.name != "data.html"
        for part in page(site, str(path.relative_to(site))).select(
            ".note [lang=en], .note[lang=en], td span[lang=en]"
        )
    }
    assert reasons == set()


def test_links_within_the_site_lead_somewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for tag, attribute in (("a", "href"), ("link", "href"), ("img", "src"), ("script", "src"), ("source", "srcset"),
                               ("button", "data-specification"), ("button", "data-library")):  # fmt: skip
            for found in soup.find_all(tag):
                address = str(found.get(attribute))
                if not address.startswith(("http", "#")):
                    assert (path.parent / address).is_file(), f"{path}: {address}"


def test_nothing_is_loaded_from_outside(site: Path) -> None:
    for path in site.rglob("*.html"):
        soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        loaded = [str(found.get("src")) for found in soup.find_all(["img", "script", "iframe"])]
        loaded += [str(found.get("href")) for found in soup.find_all("link")]
        assert not [address for address in loaded if "//" in address]
    for path in site.rglob("*.svg"):
        assert not re.search(r"(?:href|src)=[\"'](?!#)", path.read_text("utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_feed_has_the_latest_fifty_exchanges(site: Path, language: str) -> None:
    feed = feedparser.parse((site / f"feed.{language}.atom").read_bytes())
    assert not feed.bozo
    assert len(feed.entries) == len({entry.id for entry in feed.entries}) == 50
    (other,) = {"en", "uk"} - {language}
    # Who reads both feeds would else see each entry in one language only.
    others = feedparser.parse((site / f"feed.{other}.atom").read_bytes()).entries
    assert {entry.id for entry in feed.entries}.isdisjoint(entry.id for entry in others)
    first = feed.entries[0]
    assert first.title == {"en": "Exchange of 15 May 2026", "uk": "Обмін 15 травня 2026 року"}[language]
    assert first.content[0].value.endswith("205; announced by one publisher") or language == "uk"


def test_the_front_page_is_light(site: Path) -> None:
    """400 kB with all it loads on a wide screen; what makes charts interactive is loaded when asked for."""
    soup = page(site, "index.html")
    loaded = [str(found["src"]) for found in soup.find_all(["img", "script"])] + ["index.html", "assets/style.css"]
    assert len([name for name in loaded if name.endswith("svg")]) == 6
    assert sum((site / name).stat().st_size for name in loaded) < 400_000


def test_the_sample_says_that_it_is_one(site: Path) -> None:
    for path in ("index.html", "exchanges/exchange-2024-12-30.html", "uk/sources.html"):
        assert page(site, path).select_one(".notice").get_text()[:11] in ("Drawn from ", "Створено з ")
