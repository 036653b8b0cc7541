"""The English edition of gur.gov.ua; how it is parsed is in gur.py."""

from scrapers.sources.gur import site

SITE = site("en", "/en")
