"""Forms of output: tables, CSV, JSON, Parquet, escaping of text from outside, files written whole or not at all."""
