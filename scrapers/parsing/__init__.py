"""From a page to links and announcements: listings, feeds, sitemaps, articles, timestamps. No requests are made."""
