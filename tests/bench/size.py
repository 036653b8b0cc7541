"""How large a bench is: as its figures are stated, or, with BENCH_SIZE=small, just large enough to see that it runs."""

from __future__ import annotations

import os
from typing import TypeVar

Value = TypeVar("Value")


def sized(full: Value, small: Value) -> Value:
    """The one that BENCH_SIZE asks for; unset it is the full one."""
    size = os.environ.get("BENCH_SIZE", "full")
    return {"full": full, "small": small}[size]
