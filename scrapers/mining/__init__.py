"""Mining of web archives: WARC files of any crawler to Parquet files of the texts that may tell of an exchange.

Needs the extra `mining` (fastwarc), on a cluster `ray` too. The project's own archive is in scrapers/archive.
"""
