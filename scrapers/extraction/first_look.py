"""A cheap look that rules out texts without a word of captives, exchanges, soldiers, releases or the dead.

It may let through what tells nothing; it must never rule out what does: tests hold it to that on all labelled texts.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import yaml

from scrapers.extraction.normalization import normalized
from scrapers.extraction.tokens import fold, without_lookalikes

TELLING = (
    "exchange", "captive", "captivity", "bodies", "release", "return", "home", "hand_over", "soldier", "wounded",
    "families",
)  # fmt: skip


def may_tell(text: str, title: str | None) -> bool:
    """Whether a text may say something of an exchange, a release or a repatriation."""
    whole = f"{title}\n{text}" if title else text
    folded = fold(normalized(whole))
    return _telling().search(folded) is not None or _telling().search(without_lookalikes(folded)) is not None


@cache
def _telling() -> re.Pattern[str]:
    words = resources.files("scrapers.extraction") / "words" / "concepts.yaml"
    concepts = yaml.load(words.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    stems = {fold(word).rstrip("*") for name in TELLING for forms in concepts[name].values() for word in forms}
    shortest = [stem for stem in stems if not any(stem != other and stem.startswith(other) for other in stems)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(shortest)))})")
