"""From a text to statements with quotes: what is deterministic as code, what is a matter of wording learned.

docs/extraction.md has the steps. Nothing here knows where a text came from or what becomes of its statements.
"""
