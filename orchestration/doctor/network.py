"""Checks of the network: whether a few hosts of the registry answer, and whether their clock is this machine's.

One small request a host, by the rules of the crawls: no proxy, public addresses only, a time limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial

import requests
from urllib3.exceptions import HTTPError

from orchestration.doctor.results import CheckResult, fault, ok, warning
from orchestration.settings import Settings
from orchestration.warehouse.side_by_side import side_by_side
from scrapers.http.client import agent_of, host_and_port
from scrapers.http.responses import cause_in_words, root_of
from scrapers.http.ssrf_guard import GuardedAdapter, RefusedAddress
from scrapers.http.watchdog import Watch
from scrapers.registry import Source

AREA = "network"
MOST_HOSTS = 4
SECONDS_OF_HOST = 4.0
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
CLOCKS_APART = 120.0


@dataclass(frozen=True, slots=True)
class Answer:
    """``failure``: why the host did not answer, in words. ``seconds_ahead``: how far this machine's clock is ahead of
    the host's, None when it names no time.
    """

    host: str
    failure: str | None = None
    seconds_ahead: float | None = None


def addresses_to_ask(settings: Settings) -> dict[str, str]:
    """What is requested, by host: the robots.txt of open sources, the first of each host; nothing for the sample."""
    if settings.replay is not None:
        return {settings.replay.removeprefix("http://"): f"{settings.replay}/robots.txt"}
    if settings.profile == "sample" or not settings.contact_of_operator:
        return {}
    sources: Sequence[Source] = [source for source in settings.sources() if source.access.state == "open"]
    hosts = dict.fromkeys(source.host for source in sources)
    return {host: f"https://{host}/robots.txt" for host in list(hosts)[:MOST_HOSTS]}


def ask(settings: Settings, seconds: float = SECONDS_OF_HOST) -> list[Answer]:
    """Request the addresses in parallel; a host that is silent for ``seconds`` has not answered."""
    addresses = addresses_to_ask(settings)
    if not addresses:
        return []
    works = {host: partial(_ask, settings, host, address, seconds) for host, address in addresses.items()}
    found = dict(side_by_side(works, seconds + 1, lambda: None))
    return [found[host] or Answer(host, "it did not answer in time") for host in addresses]


def _ask(settings: Settings, host: str, address: str, seconds: float) -> Answer:
    replay = host_and_port(settings.replay) if settings.replay is not None else None
    with requests.Session() as session, closing(Watch()) as watch:
        session.trust_env = False
        for scheme in ("https://", "http://"):
            session.mount(scheme, GuardedAdapter(replay))
        headers = {"User-Agent": agent_of(settings.contact_of_operator or "replay")}
        try:
            with watch.over(seconds):
                response = session.head(address, timeout=seconds, headers=headers, allow_redirects=False)
        except RefusedAddress as error:
            return Answer(host, f"its name leads to the private address {error}")
        except (requests.RequestException, HTTPError, OSError) as error:
            if isinstance(error, requests.exceptions.SSLError):
                return Answer(host, f"no trusted TLS connection ({str(root_of(error))[:100]})")
            return Answer(host, cause_in_words(error))
    return Answer(host, None, _seconds_ahead(response.headers.get("Date", "")))


def _seconds_ahead(written: str) -> float | None:
    try:
        moment = parsedate_to_datetime(written)
    except ValueError:
        return None
    return (datetime.now(UTC) - moment.replace(tzinfo=moment.tzinfo or UTC)).total_seconds()


def check_network(settings: Settings, answers: Sequence[Answer], environment: Mapping[str, str]) -> list[CheckResult]:
    if settings.profile == "sample" and settings.replay is None:
        return [ok(AREA, "hosts", "The sample needs no network.")]
    if not answers:
        sentence = "No host was asked: OBMIN_CONTACT is not set, and without it nothing is requested."
        return [warning(AREA, "hosts", sentence, "Set OBMIN_CONTACT, then run again.")]
    proxies = [name for name in PROXIES if environment.get(name)]
    silent = [answer for answer in answers if answer.failure is not None]
    if not silent:
        beside = f", without the proxy in {proxies[0]}" if proxies and settings.replay is None else ""
        return [ok(AREA, "hosts", f"{_hosts(answers)} answer{'s' if len(answers) == 1 else ''}{beside}.")]
    if settings.replay is not None:
        return [
            fault(
                AREA,
                "hosts",
                f"The replay server {silent[0].host} does not answer: {silent[0].failure}.",
                "Start it with `obmin replay`, or unset OBMIN_REPLAY.",
            )
        ]
    found = [_silence(answer, is_only_one=len(silent) < len(answers)) for answer in silent]
    if proxies:
        sentence = f"{proxies[0]} is set, and Obmin does not use it: it requests the sites directly."
        found.append(warning(AREA, "proxy", sentence, "Allow direct connections to the sites' hosts, port 443."))
    return found


def _silence(answer: Answer, is_only_one: bool) -> CheckResult:
    sentence = f"{answer.host} does not answer: {answer.failure}."
    if is_only_one:
        return warning(AREA, answer.host, sentence, "Run again later: the other hosts answer.")
    cure = "Look at this machine's network: names (DNS), the firewall, certificates (TLS)."
    return fault(AREA, answer.host, sentence, cure)


def _hosts(answers: Sequence[Answer]) -> str:
    return ", ".join(answer.host for answer in answers)


def check_clock_of_hosts(answers: Sequence[Answer]) -> list[CheckResult]:
    """This machine's clock against that of the hosts: of several, the one that differs least."""
    apart = [answer.seconds_ahead for answer in answers if answer.seconds_ahead is not None]
    if not apart:
        return []
    least = min(apart, key=abs)
    if abs(least) <= CLOCKS_APART:
        return [ok("clock", "hosts", "This machine's clock is that of the hosts, within two minutes.")]
    side = "ahead of" if least > 0 else "behind"
    sentence = f"This machine's clock is {abs(least) / 60:.0f} minutes {side} the hosts' clocks."
    return [warning("clock", "hosts", sentence, "Set it, and let the system keep it so (NTP).")]
