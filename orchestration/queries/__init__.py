"""Queries of the published copy: fixed ones, any SQL, all about one exchange."""
