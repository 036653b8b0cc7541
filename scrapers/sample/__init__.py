"""The sample archive and the replay server that serves it in the sources' own markup.

Sentences are the project's; dates and figures are public ones. See archive/README.md.
"""
