"""The size of a bench: that of its stated figures or, with BENCH_SIZE=small, just large enough to show it runs."""

from __future__ import annotations

import os
from typing import TypeVar

Value = TypeVar("Value")


def sized(full: Value, small: Value) -> Value:
    """The value for BENCH_SIZE; unset means full."""
    size = os.environ.get("BENCH_SIZE", "full")
    return {"full": full, "small": small}[size]
