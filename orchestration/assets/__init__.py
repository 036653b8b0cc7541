"""Dagster assets by room of the house. Each calls one step of warehouse/ and reports what it did."""
