"""The reader: text to statements, a pure function with no network, clock or model.

`read` is the whole public face. Words live in lexicon/*.yaml; grammar lives in these modules.
"""

from scrapers.reading.reader import READER_VERSION, Event, Reading, Rejected, Statement, read

__all__ = ["READER_VERSION", "Event", "Reading", "Rejected", "Statement", "read"]
