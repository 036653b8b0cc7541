"""Orchestration: settings, the warehouse layers, alerts, the command line and the Dagster definitions.

No parsing and no extraction here; see `scrapers`.
"""
