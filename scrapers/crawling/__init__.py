"""From a source to its pages: listings and how they page back, articles, timestamps, and when a crawl is done."""
