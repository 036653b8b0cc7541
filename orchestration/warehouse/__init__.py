"""The warehouse layers as plain functions over DuckDB: fetch, load, extract, build, publish.

No Dagster here; see `orchestration.defs`. Each module is one step, called by both the command line and the assets.
"""
