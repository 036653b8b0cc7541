"""A cheap look that rules out texts without a word of captives, exchanges, soldiers, releases or the dead.

It may let through what tells nothing; it must never rule out what does: tests hold it to that on all labelled texts.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

import yaml

from scrapers.extraction.normalization import normalized
from scrapers.extraction.tokens import fold, without_lookalikes

TELLING = (
    "exchange", "captive", "captivity", "bodies", "release", "return", "home", "hand_over", "soldier", "wounded",
    "families", "formula", "mediation", "azovstal", "mariupol",
)  # fmt: skip
SHORTEST_BRANCH = 4  # letters: shorter names of branches stand for other things too
# "157 на 157", "1,000 for 1,000": the same number on both sides of a word.
FORMULA = r"(\b\d[\d., ]*) \w{1,4} \1\b"


def may_tell(text: str, title: str | None) -> bool:
    """Whether a text may say something of an exchange, a release or a repatriation."""
    whole = f"{title}\n{text}" if title else text
    folded = fold(normalized(whole))
    return _telling().search(folded) is not None or _telling().search(without_lookalikes(folded)) is not None


@cache
def _telling() -> re.Pattern[str]:
    concepts, names = _words("concepts"), _words("names")
    words = {fold(word).rstrip("*") for name in TELLING for forms in concepts[name].values() for word in forms}
    words |= {
        fold(name).replace("*", "")
        for forms in names["services"].values()
        for own in forms.values()
        for name in own
        if len(name) >= SHORTEST_BRANCH and " " not in name
    }
    shortest = [word for word in words if not any(word != other and word.startswith(other) for other in words)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(shortest)))})|{FORMULA}")


def _words(name: str) -> dict[str, Any]:
    text = (resources.files("scrapers.extraction") / "words" / f"{name}.yaml").read_text("utf-8")
    return dict(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506
