"""Challenge and log-in pages that come in place of the page asked for; their marks are in challenges.yaml."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

import yaml

from scrapers.announcement import Page

TITLE = re.compile(rb"<title[^>]*>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)


def challenge_in(page: Page) -> str | None:
    """What gives a page away as a challenge or a log-in form, or None. Only HTML can be one."""
    known = _known()
    for name, value in known["headers"].items():
        if page.header(name).lower() == value:
            return f"header {name}: {value}"
    if len(page.body) > known["largest"]:
        return None
    match = TITLE.search(page.body)
    title = " ".join(match[1].decode("utf-8", "replace").lower().split()) if match else ""
    if any(title.startswith(known_title) for known_title in known["titles"]):
        return f"title {title!r}"
    lowered = page.body.lower()
    return next((f"text {mark!r}" for mark in known["marks"] if mark.lower().encode() in lowered), None)


@cache
def _known() -> dict[str, Any]:
    known: dict[str, Any] = yaml.safe_load(resources.files("scrapers").joinpath("challenges.yaml").read_text("utf-8"))
    return known
