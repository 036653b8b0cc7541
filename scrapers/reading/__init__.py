"""The reader: text to statements, a pure function with no network, clock or model.

`read` is the whole public face. Words live in lexicon/*.yaml; grammar lives in these modules.
"""

from scrapers.reading.reader import Event, Reading, Rejected, Statement, read
from scrapers.reading.version import reader_version

__all__ = ["Event", "Reading", "Rejected", "Statement", "read", "reader_version"]
