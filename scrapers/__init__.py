"""From the web to statements: sources, the door to the network, the page archive, the reader.

Knows neither Dagster, dbt nor DuckDB; orchestration imports this package, never the reverse.
"""
