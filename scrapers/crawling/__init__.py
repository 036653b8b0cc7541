"""Crawls: which pages to request and when to stop, articles, and a server that replays archived sites."""
