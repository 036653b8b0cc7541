"""Selectors select the same by the rewritten patterns, and these are still the library's."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup
from soupsieve import css_parser

from scrapers.parsing.css_tokens import REWRITTEN, compile_fast


@pytest.mark.parametrize(("slow", "fast"), REWRITTEN.items())
def test_the_same_characters_are_matched(slow: str, fast: str) -> None:
    flags = re.IGNORECASE | re.VERBOSE
    theirs, ours = re.compile(slow, flags), re.compile(fast, flags)
    characters = [chr(code) for code in range(sys.maxunicode + 1)]
    assert [c for c in characters if theirs.fullmatch(c)] == [c for c in characters if ours.fullmatch(c)]


def test_the_library_s_identifiers_are_written_so() -> None:
    assert {css_parser.IDENT_START, css_parser.IDENT_CHAR} == set(REWRITTEN)


def test_all_patterns_are_rewritten_and_select_the_same() -> None:
    compile_fast()
    tokens = css_parser.CSSParser.CSS_TOKENS
    patterns = [one.pattern for token in tokens for one in getattr(token, "patterns", {"": token}).values()]
    assert len(patterns) > len(tokens)
    assert not [pattern for pattern in patterns if any(slow in pattern for slow in REWRITTEN)]
    soup = BeautifulSoup("<div class='новини a-1'><p id=ї lang=uk>x</p><p>y</p></div>", "lxml")
    for selector, found in {
        ".новини > #ї": ["x"], "div.a-1 p:nth-child(2)": ["y"], "p[lang=uk], p:not([id])": ["x", "y"],
        "p:lang(uk)": ["x"], r".\43d": [], "div|p": [], "*|p": ["x", "y"],
    }.items():  # fmt: skip
        assert [p.text for p in soup.select(selector)] == found, selector


def test_pages_are_read_by_them() -> None:
    code = (
        "from scrapers.parsing.markup import soup_of\n"
        "from scrapers.parsing.css_tokens import REWRITTEN\n"
        "from soupsieve.css_parser import CSSParser\n"
        "from scrapers.records import Page\n"
        "from datetime import datetime, UTC\n"
        "page = Page('s', 'https://example.org/', datetime.now(UTC), 200, (('Content-Type', 'text/html'),), b'<p>x')\n"
        "print([p.text for p in soup_of(page).select('p')])\n"
        "print(any(slow in getattr(t, 'pattern', '') for t in CSSParser.CSS_TOKENS for slow in REWRITTEN))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "['x']\nFalse\n"), done.stderr
