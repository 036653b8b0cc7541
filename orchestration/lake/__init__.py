"""The lake: the record published a second time, to DuckLake, so that other machines can read it or go on from it.

The working file stays the only place where facts are built; nothing here builds or decides anything.
"""
