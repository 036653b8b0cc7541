"""Sources, HTTP client, page archive and extractor: everything from the web to statements.

Uses neither Dagster, dbt nor DuckDB; orchestration imports this package, never the reverse.
"""
