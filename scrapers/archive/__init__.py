"""The page archive: WARC 1.1 files with one gzip member per record (ISO 28500:2017), so other tools can open them.

records.py converts pages to records and back, members.py reads a file despite damage, pages.py manages the folder,
verification.py checks the files. Pages are parsed in scrapers/sources.
"""

from scrapers.archive.damage import BrokenRecord, Damage, RefusedFile, UnwritableArchive
from scrapers.archive.pages import Location, PageArchive, Staged
from scrapers.archive.records import Original, payload_digest
from scrapers.archive.verification import FileReport, verify_file

__all__ = [
    "BrokenRecord",
    "Damage",
    "FileReport",
    "Location",
    "Original",
    "PageArchive",
    "RefusedFile",
    "Staged",
    "UnwritableArchive",
    "payload_digest",
    "verify_file",
]
