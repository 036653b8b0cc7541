"""The English edition of gur.gov.ua: gur.py says how it is read."""

from scrapers.sources.gur import site

SITE = site("en", "/en")
