"""A cheap filter that rules out texts without a word of captives, exchanges, soldiers, releases or the dead.

It may pass irrelevant texts but must never rule out a relevant one; tests check that on all labelled texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from scrapers.extraction.normalization import normalized
from scrapers.extraction.tokens import fold, without_lookalikes
from scrapers.extraction.vocabulary import words_of

TELLING = (
    "exchange", "captive", "captivity", "bodies", "release", "return", "home", "hand_over", "soldier", "wounded",
    "families", "formula", "mediation", "azovstal", "mariupol", "border", "transport",
)  # fmt: skip
# Concepts that count only in combination: "Ukraine received 50 of its people", "215 Ukrainians for 55 Russians", "150
# people from each side".
WHO, OF_WHOM = ("person", "our", "officers", "women"), ("receive", "russian", "both_sides")
SHORTEST_BRANCH = 4  # letters: shorter branch names have other meanings too
# "157 на 157", "1,000 for 1,000": the same number on both sides of a word.
END = "$"  # behind a word that stands for itself alone, not for all that begin with it
FORMULA = re.compile(r"(\b\d{1,7}(?:[., ]\d{3}){0,2}) \w{1,4} \1\b")


def may_tell(text: str, title: str | None) -> bool:
    """Whether a text may report an exchange, a release or a repatriation."""
    whole = f"{title}\n{text}" if title else text
    folded = fold(normalized(whole))
    if _tells(folded):
        return True
    plain = without_lookalikes(folded)
    return plain != folded and _tells(plain)


def _tells(folded: str) -> bool:
    telling, who, of_whom = _patterns()
    if telling.search(folded) is not None or FORMULA.search(folded) is not None:
        return True
    return who.search(folded) is not None and of_whom.search(folded) is not None


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    branches = {
        _beginning(name)
        for forms in words_of("names")["services"].values()
        for own in forms.values()
        for name in own
        if len(name) >= SHORTEST_BRANCH and " " not in name
    }
    own = {_beginning(word) for forms in words_of("first_look")["exchanging"].values() for word in forms}
    return (
        re.compile(_any_of(_words(TELLING) | branches | own)),
        re.compile(_any_of(_words(WHO))),
        re.compile(_any_of(_words(OF_WHOM))),
    )


def _words(meanings: Sequence[str]) -> set[str]:
    concepts = words_of("concepts")
    return {_beginning(word) for name in meanings for forms in concepts[name].values() for word in forms}


def _beginning(word: str) -> str:
    """A word with END behind it, or the beginning that a star stands after."""
    return fold(word).removesuffix("*") if word.endswith("*") else fold(word) + END


def _any_of(words: set[str]) -> str:
    shortest: list[str] = []
    for word in sorted(words):  # a word's beginning comes just before it
        if not shortest or not word.startswith(shortest[-1]):
            shortest.append(word)
    return rf"(?<!\w){_by_letter(shortest)}"


def _by_letter(words: Sequence[str]) -> str:
    """A pattern for any of the words that looks at each letter once: no word is the beginning of another."""
    by_first: dict[str, list[str]] = {}
    for word in sorted(words):
        by_first.setdefault(word[0], []).append(word[1:])
    branches = [
        _escaped(first) + (_escaped(rests[0]) if len(rests) == 1 else _by_letter(rests))
        for first, rests in by_first.items()
    ]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _escaped(part: str) -> str:
    return re.escape(part.removesuffix(END)) + (r"(?!\w)" if part.endswith(END) else "")
