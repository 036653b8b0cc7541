"""Files with their own checksum, for what Python loads without checking it: damage is noticed before that.

What is stored belongs to the callers.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

SIZE = sha256().digest_size


def write_checked(path: Path, content: bytes) -> None:
    """Write a file in one step, so that no reader meets a half of it. Raises OSError."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(sha256(content).digest() + content)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def read_checked(path: Path) -> bytes:
    """The content of a file that `write_checked` wrote. Raises OSError, and ValueError when the file is damaged."""
    stored = path.read_bytes()
    content = stored[SIZE:]
    if sha256(content).digest() != stored[:SIZE]:
        raise ValueError(f"{path} is damaged.")
    return content
