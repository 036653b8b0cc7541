"""Dagster assets, one module per layer. Each calls one step of warehouse/ and reports its result."""
