"""The address of a lake. A value only, without the libraries of the settings: the process that publishes to the lake
imports it each time.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lake:
    """Where the record is published a second time: ``catalog`` is a PostgreSQL address without a password, ``data``
    a place in an S3 store, ending with a slash; ``seconds`` limits one publication.
    """

    catalog: str
    data: str
    seconds: int = 120
