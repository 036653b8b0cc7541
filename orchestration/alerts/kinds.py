"""What there is to tell: the kinds of alerts, each of one stream."""

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
