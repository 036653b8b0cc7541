"""The report in a real browser: opened from files, at three widths, with scripts and without; axe finds nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from orchestration.report.report import draw_report
from orchestration.settings import Settings
from tests.conftest import deployment
from tests.support.browser import browser
from tests.support.published_copies import harm
from tests.support.scripted_deployment import ScriptedDeployment

PAGES = (
    "index.html", "exchanges/exchange-2022-11-23.html", "exchanges.html", "data.html", "sources.html", "uk/index.html",
)  # fmt: skip
WIDTHS = (360, 768, 1440)  # pixels: a telephone, a tablet, a screen
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def opened(running: Browser) -> Iterator[Open]:
    """Opens a file in a fresh browser; whatever it says on the console, or requests from elsewhere, fails the test."""
    said: list[str] = []
    contexts = []

    def open_file(path: Path, width: int = 1440, **options: Any) -> Page:
        context = running.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "request",
            lambda request: said.append(request.url) if not request.url.startswith(("file:", "data:")) else None,
        )
        page.goto(path.as_uri())
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture(scope="module")
def site(built_sample: Settings) -> Path:
    return built_sample.report


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        *((name, width, "light") for name in PAGES[:2] for width in WIDTHS),
        *((name, 1440, "dark") for name in PAGES[:2]),
        *((name, 360, "light") for name in PAGES[2:]),
    ],
)
def test_axe_finds_nothing(site: Path, opened: Open, name: str, width: int, scheme: str) -> None:
    page = opened(site / name, width, color_scheme=scheme)
    for summary in page.locator("summary").all():
        summary.click()
    results = Axe().run(page, options={"preload": False})
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_screen(site: Path, opened: Open, width: int) -> None:
    for name in PAGES:
        page = opened(site / name, width)
        for summary in page.locator("summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_chart_answers_to_the_pointer_where_scripts_run(site: Path, opened: Open) -> None:
    page = opened(site / "index.html")
    figure = page.locator("figure", has=page.locator("#by_year"))
    figure.get_by_role("button", name="Make this chart interactive").click()
    expect(figure.locator("svg.marks")).to_be_visible()
    expect(figure.locator("picture")).to_be_hidden()
    figure.locator("svg .mark-rect path").nth(3).hover()
    expect(page.locator("#vg-tooltip-element")).to_contain_text("at least 2,174")


def test_every_chart_can_be_made_interactive(site: Path, opened: Open) -> None:
    page = opened(site / "uk" / "index.html")
    buttons = page.get_by_role("button", name="Зробити графік інтерактивним")
    for left in range(6, 0, -1):
        expect(buttons).to_have_count(left)
        buttons.first.click()
    expect(page.locator("figure svg.marks")).to_have_count(6)


def test_all_charts_asked_for_at_once_wait_for_one_library(site: Path, opened: Open) -> None:
    page = opened(site / "index.html")
    page.evaluate("document.querySelectorAll('button[data-chart]').forEach(button => button.click())")
    expect(page.locator("figure svg.marks")).to_have_count(6)


def test_without_scripts_everything_can_be_read(site: Path, opened: Open) -> None:
    page = opened(site / "index.html", java_script_enabled=False)
    expect(page.get_by_role("img", name="People released in exchanges, by month")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("before this page was made")).to_be_visible()
    page.get_by_text("The same as a table").first.click()
    expect(page.get_by_role("cell", name="at least 2,174").first).to_be_visible()


def test_pictures_are_there_at_every_width(site: Path, opened: Open) -> None:
    for width, ending in ((360, "narrow.svg"), (1440, "wide.svg")):
        page = opened(site / "index.html", width)
        for image in page.locator("figure img").all():
            image.scroll_into_view_if_needed()
            page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
            assert image.evaluate("image => image.currentSrc").endswith(ending)


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "Pacific/Auckland", "America/Los_Angeles"])
def test_the_days_since_the_last_exchange_are_those_of_kyivs_calendar(
    site: Path, running: Browser, zone: str
) -> None:
    """It is 00:30 in Kyiv, and still the day before in London."""
    context = running.new_context(timezone_id=zone)
    page = context.new_page()
    page.clock.set_fixed_time("2026-05-16T21:30:00Z")
    page.goto((site / "index.html").as_uri())
    assert page.locator("[data-since]").get_attribute("data-since") == "2026-05-15"
    expect(page.locator("[data-since]")).to_have_text("2 days ago")
    context.close()


def test_the_keyboard_reaches_the_content_and_the_other_language(site: Path, opened: Open) -> None:
    page = opened(site / "exchanges" / "exchange-2024-12-30.html")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.get_by_role("link", name="Українською").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Обмін 30 грудня 2024 року")


def test_hostile_text_does_nothing_in_a_browser(
    one_exchange: ScriptedDeployment, opened: Open, tmp_path: Path
) -> None:
    hostile = "<img src=x onerror=\"document.title=''taken''\"><script>document.title=''taken''</script>"
    scripted = one_exchange.copied(deployment(tmp_path))
    harm(scripted, f"update marts.fct_figures set quote = '{hostile}', rule = '{hostile}'")
    harm(scripted, f"update marts.dim_sources set publisher = '{hostile}'")
    site = draw_report(scripted.settings).folder
    for name in ("index.html", "sources.html", "exchanges/exchange-2024-01-01.html"):
        page = opened(site / name)
        assert "taken" not in page.title()
        buttons = page.get_by_role("button")
        for left in range(buttons.count(), 0, -1):
            expect(buttons).to_have_count(left)
            buttons.first.click()
    expect(page.get_by_text("<script>document.title=").first).to_be_visible()


def test_pictures_for_the_readme(site: Path, opened: Open, tmp_path: Path) -> None:
    """`make pictures` stores them."""
    folder = Path(os.environ.get("OBMIN_PICTURES", tmp_path))
    for scheme in ("light", "dark"):
        page = opened(site / "index.html", color_scheme=scheme)
        page.set_viewport_size({"width": 1200, "height": 1750})
        for image in page.locator("figure img").all()[:2]:
            page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
        page.screenshot(path=folder / f"report-{scheme}.png")
        assert (folder / f"report-{scheme}.png").stat().st_size > 50_000
