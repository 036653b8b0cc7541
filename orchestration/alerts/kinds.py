"""The kinds of alerts, each in one stream. They are decided in news.py, problems.py and digest.py."""

from __future__ import annotations

from typing import Literal, get_args

Stream = Literal["news", "operations"]
STREAMS: tuple[Stream, ...] = get_args(Stream)
KINDS: dict[str, Stream] = {
    "new_exchange": "news",
    "figure_corrected": "news",
    "sources_in_conflict": "news",
    "exchange_withdrawn": "news",
    "problem": "operations",
    "recovery": "operations",
    "digest": "operations",
}
