"""One source misbehaves: only it is marked in Dagster, the others are read, and nothing stored changes."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import trustme

from orchestration.defs.assets import pages
from orchestration.defs.run_outcomes import findings_of
from scrapers.http.client import HttpClient
from scrapers.records import Page, Validators
from scrapers.registry import Source
from scrapers.sample.archive import DEFAULT_FOLDER
from scrapers.sample.server import serve
from tests.conftest import respond, web
from tests.support.misbehaving_channel import Handler, Web, sites_of
from tests.support.sites import BOMB, trickle


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with serve(DEFAULT_FOLDER) as origin:
        sites = sites_of(tmp_path_factory.mktemp("deployment"), origin)
        _, checks = sites.run()
        assert checks == {"koordshtab_telegram": (True, "complete"), "president_uk": (True, "complete")}
        yield sites


CHANNEL = "https://t.me/s/Koord_shtab"


def test_a_source_that_never_answered_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source is blocked from the first run on; in the second case all sources are."""
    for is_all_blocked in (False, True):
        folder = tmp_path / str(is_all_blocked)
        with serve(DEFAULT_FOLDER) as origin:
            new = sites_of(folder, origin)
            # Otherwise the sample's past would be replayed first, which is not tested here.
            monkeypatch.setattr(pages, "replay_history", lambda *_: None)
            new.misbehave = lambda h: respond(h, 403)
            if is_all_blocked:
                monkeypatch.setattr(new, "answer", lambda h: respond(h, 404 if "robots" in h.path else 403))
            result, read = new.run()
        assert result.success
        assert read["koordshtab_telegram"][0] is False
        assert "status 403" in read["koordshtab_telegram"][1]
        assert read["president_uk"][0] is not is_all_blocked
        ids = {row[1] for row in new.stored()["announcements"]}
        assert ids == (set() if is_all_blocked else {"president_uk"})
        checks = {c.check_name: c for c in result.get_asset_check_evaluations() if c.check_name.startswith("volume")}
        unknown = checks["volume_of_koordshtab_telegram"]
        assert (unknown.passed, unknown.severity) == (False, dg.AssetCheckSeverity.WARN)
        assert "was never read with success" in str(unknown.metadata["reason"].value)
        # One cause is reported once: the volume check fails because the source failed.
        causes = {finding.cause for finding in findings_of(result.all_events, "refresh") if not finding.is_well}
        assert causes == {"all sources" if is_all_blocked else "source koordshtab_telegram"}


@pytest.mark.parametrize(
    ("misbehave", "reason"),
    [
        (lambda h: respond(h, 429), "answered with status 429; try again later"),
        (lambda h: respond(h, 429, "", {"Retry-After": "9999"}), "status 429 and asks to wait 9999 seconds"),
        (lambda h: respond(h, 500), "answered with status 500"),
        (trickle, "came too slowly to be complete in time"),
        (lambda h: respond(h, 200, gzip.compress(b"x" * 999)[:-9], {"Content-Encoding": "gzip"}), "is cut short"),
        (lambda h: respond(h, 200, BOMB, {"Content-Encoding": "gzip"}), "unfolds to more than 20 MiB"),
        (lambda h: respond(h, 200, b"<p>" * (20 * 2**20)), "is larger than 20 MiB"),
        (lambda h: respond(h, 200, b"\x81\x8d\x8f\x98" * 99, {"Content-Type": "text/html; charset=windows-1252"}),
         "fit no charset"),
        (lambda h: respond(h, 301, "", {"Location": CHANNEL}), "goes round in more than 5 redirects"),
        (lambda h: respond(h, 302, "", {"Location": "https://evil.example/"}), "none of the source's own hosts"),
        (lambda h: respond(h, 302, "", {"Location": "http://127.0.0.1/"}), "none of the source's own hosts"),
        (lambda h: respond(h, 200, "<title>Just a moment...</title>"), "a challenge or log-in page"),
        (lambda h: respond(h, 200, "<html><p>Nothing</p></html>"), "lists 0 items where at least 1 were expected"),
        (lambda h: respond(h, 404), "answered with status 404"),
    ],
)  # fmt: skip
def test_that_source_alone_is_marked(sites: Web, misbehave: Callable[[Handler], None], reason: str) -> None:
    before = sites.stored()
    sites.misbehave = misbehave
    result, checks = sites.run()
    assert result.success
    is_read, sentence = checks["koordshtab_telegram"]
    assert not is_read
    assert reason in sentence
    assert checks["president_uk"] == (True, "complete")
    after = sites.stored()
    # The response that came instead of the page may be stored as evidence; nothing is removed.
    assert set(before.pop("pages")) <= set(after.pop("pages"))
    # An unreadable page is quarantined under its URL until a readable one replaces it.
    aside = set(before.pop("quarantined_items")) ^ set(after.pop("quarantined_items"))
    assert {row[:2] for row in aside} <= {("koordshtab_telegram", CHANNEL)}
    assert after == before


class HttpClients:
    """Two HTTP clients in one: the channel's server has an expired certificate, the others do not."""

    def __init__(self, plain: HttpClient, expired: HttpClient) -> None:
        self._plain, self._expired = plain, expired

    def get(self, source: Source, url: str, validators: Validators | None = None) -> Page:
        return (self._expired if "t.me" in url else self._plain).get(source, url, validators)

    def within(self, seconds: float) -> HttpClients:
        return HttpClients(self._plain.within(seconds), self._expired.within(seconds))

    def moment(self) -> datetime:
        return self._plain.moment()


def test_an_expired_certificate_marks_that_source_alone(sites: Web, tmp_path: Path) -> None:
    before = sites.stored()
    sites.misbehave = None
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    authority.issue_cert("localhost", not_after=yesterday).configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with (
        web(sites.answer, context) as address,
        HttpClient(replay=address, authorities=str(tmp_path / "ca.pem")) as expired,
    ):
        result, checks = sites.run(lambda plain: HttpClients(plain, expired))
    assert result.success
    assert checks["president_uk"] == (True, "complete")
    is_read, sentence = checks["koordshtab_telegram"]
    assert not is_read
    assert "the TLS certificate of t.me is not valid" in sentence
    assert "expired" in sentence
    assert sites.stored() == before


def test_a_post_from_the_future_is_on_the_asset_and_the_others_load(sites: Web) -> None:
    posts = "".join(
        f'<div class="tgme_widget_message" data-post="Koord_shtab/{number}">'
        f'<div class="tgme_widget_message_text js-message_text">Допис {number}</div>'
        f'<a class="tgme_widget_message_date"><time datetime="{stamp}"></time></a></div>'
        for number, stamp in ((9001, "2026-04-01T10:00:00+03:00"), (9002, "2099-04-01T10:00:00+03:00"))
    )
    sites.misbehave = lambda handler: respond(handler, 200, "" if "before" in handler.path else posts)
    result, _ = sites.run()
    (check,) = [c for c in result.get_asset_check_evaluations() if c.check_name == "no_item_is_quarantined"]
    assert not check.passed
    assert "koordshtab_telegram: item 9002 is set aside: its date is in the future" in str(
        check.metadata["reason"].value
    )
    ids = {row[2] for row in sites.stored()["announcements"]}
    assert "9001" in ids
    assert "9002" not in ids


def test_a_source_that_recovers_is_read_again(sites: Web) -> None:
    left = [500, 503]

    def recovering(handler: Handler) -> None:
        if left:
            return respond(handler, left.pop())
        sites.misbehave = None
        return sites.answer(handler)

    sites.misbehave = recovering
    _, checks = sites.run()
    assert left == []
    assert checks["koordshtab_telegram"] == (True, "complete")
