"""Extraction: from a text to statements with quotes. Deterministic steps are code; wording is learned.

docs/extraction.md describes the steps. Neither a text's origin nor the storage of its statements is handled here.
"""
