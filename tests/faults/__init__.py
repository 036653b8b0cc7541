"""A table of attacks, run end to end: a hostile server stands for the web, the real command line crawls it.

`attack.py` defines an attack, `pages.py` writes pages of sites and channels, `hostile_web.py` serves them, `batch.py`
runs many attacks in one run of the command, `table/` has the attacks, one module per kind.

`python -m tests.faults [part of a name]` runs some or all and prints the figures.
"""
