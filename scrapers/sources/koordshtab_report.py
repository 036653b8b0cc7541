"""The Coordination Headquarters' report, koordshtab.gov.ua/report: totals of persons released, to compare with ours.

Never a source of facts. The page's markup is not known: a figure is taken when it is in one line with its category,
or alone with it in one element, and only when the page gives that category one figure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from bs4 import Tag
from bs4.element import NavigableString

from scrapers.parsing.markup import is_unseen, soup_of, words_of
from scrapers.parsing.site import SinglePage
from scrapers.records import Page, ParsedPage, Problem, ReferenceRow
from scrapers.registry import Source

NUMBER = r"\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,3}(?!\d)|\d{1,9}"
CATEGORIES = {
    "military": r"військовослужбов(?:ець|ц\w*)|військових\b",
    "women": r"жін(?:ок|ки|ка)\b|військовослужбовиц\w*",
    "men": r"чоловік\w*",
    "civilians": r"цивільн\w*",
}
PERIOD = re.compile(r"\b(січ|лют|берез|квіт|трав|черв|лип|серп|верес|жовт|листопад|груд)\w*\s+20\d\d", re.IGNORECASE)
# "7 291 військовослужбовець", "876 осіб цивільних"; and "Цивільних: 876".
BEFORE = {
    name: re.compile(rf"(?<![\d.,/])(?<!\d )({NUMBER})(?:\s+осіб)?\s+(?:{words})", re.IGNORECASE)
    for name, words in CATEGORIES.items()
}
AFTER = {name: re.compile(rf"(?:{words})\s*[:–—-]\s*({NUMBER})(?![\d.,/])", re.IGNORECASE) for name, words in
         CATEGORIES.items()}  # fmt: skip
YEAR = re.compile(r"20[2-4]\d")
ALONE = re.compile(rf"\s*({NUMBER})\s*")
ABSENT = frozenset(("script", "style", "nav", "header", "footer", "template", "noscript"))
LONGEST_LABEL = 80  # characters; a longer text is a sentence


class Totals(SinglePage):
    """One page with the totals since the full-scale invasion, one row per category."""

    def parse(self, source: Source, page: Page) -> ParsedPage:
        """A row "total/CATEGORY" with its figure as persons released; a category with several is a problem."""
        soup, parsed = soup_of(page), ParsedPage()
        for element in soup.find_all(True):
            if element.name in ABSENT or is_unseen(element.name, element.attrs):
                element.extract()
        found: dict[str, dict[int, str]] = defaultdict(dict)
        for name, number, words in _figures(soup):
            # It may be a year.
            if YEAR.fullmatch(number):
                continue
            found[name].setdefault(int(re.sub(r"\D", "", number)), words[:200])
        period = PERIOD.search(words_of(soup))
        for name, figures in found.items():
            if len(figures) > 1:
                excerpt = "; ".join(figures.values())
                parsed.problems.append(Problem(source.id, f"total/{name}", "it has several figures", excerpt))
                continue
            ((persons, words),) = figures.items()
            cells = {"words": words, "period": period.group() if period else ""}
            parsed.rows.append(ReferenceRow(f"total/{name}", cells, released=persons))
        if not parsed.rows:
            parsed.problems.append(Problem(source.id, page.url, "no total with its category is found", ""))
        return parsed


SITE = Totals()


def _figures(soup: Tag) -> Iterator[tuple[str, str, str]]:
    """Category, figure and the text that contains them."""
    for text in soup.find_all(string=True):
        line = " ".join(text.split())
        if type(text) is not NavigableString:
            continue  # a comment
        for name in CATEGORIES:
            for match in (*BEFORE[name].finditer(line), *AFTER[name].finditer(line)):
                yield name, match[1], line
        if ALONE.fullmatch(line):
            yield from _labelled(text.parent, line)


def _labelled(element: Tag | None, number: str) -> Iterator[tuple[str, str, str]]:
    """The category of a figure that stands alone, if the smallest element with more text names just one."""
    while element is not None:
        words = words_of(element)
        if words != number:
            named = [name for name, label in CATEGORIES.items() if re.search(label, words, re.IGNORECASE)]
            if len(named) == 1 and len(words) <= LONGEST_LABEL and len(re.findall(NUMBER, words)) == 1:
                yield named[0], number, words
            return
        element = element.parent
