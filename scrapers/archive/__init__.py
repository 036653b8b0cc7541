"""The page archive: WARC 1.1 files, gzip, a member a record (ISO 28500:2017), so other tools can open them.

records.py turns pages into records and back, members.py reads a file whatever is damaged in it, pages.py is the
folder as the pipeline uses it, verification.py says how whole the files are. What a page means does not belong here.
"""

from scrapers.archive.damage import BrokenRecord, Damage, UnwritableArchive
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
    "Staged",
    "UnwritableArchive",
    "payload_digest",
    "verify_file",
]
