"""Crawling a source and parsing its pages: listings, paging, articles, timestamps, and when a crawl ends."""
