"""Output formats: tables, CSV, JSON, Parquet, escaping of external text, files written whole or not at all."""
