"""The rooms' work as plain functions over DuckDB: fetch, load, extract, build, publish.

No Dagster here. Each module is one step that the command line and the assets both call.
"""
