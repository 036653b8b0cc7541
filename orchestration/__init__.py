"""When and in what order: settings, the warehouse's rooms, alerts, the command line, Dagster.

No parsing and no reading of texts here; that is `scrapers`.
"""
