"""A real browser for tests of web pages: the machine's own Chromium, headless.

The services whose pages it opens are in running_deployment.py.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The browser sends no requests of its own to other machines; root in a container has no sandbox.
ARGUMENTS = (
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDTH, HEIGHT = 1440, 900  # pixels


@contextmanager
def browser() -> Iterator[Browser]:
    """A running browser. Skips the test if Chromium is not installed; fails it if OBMIN_BROWSER_IS_THERE is set (CI)."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        assert not os.environ.get("OBMIN_BROWSER_IS_THERE"), f"none of {', '.join(NAMES)} is installed"
        pytest.skip(f"install Chromium to look at the pages: none of {', '.join(NAMES)} is on the PATH")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        try:
            yield running
        finally:
            running.close()


@contextmanager
def browser_page() -> Iterator[Page]:
    """An empty page."""
    with browser() as running:
        yield running.new_page(viewport={"width": WIDTH, "height": HEIGHT})
