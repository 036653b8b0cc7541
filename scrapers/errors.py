"""The base class of every error that is shown to the user. Each message is written in the module that raises it.

The command line catches it in one place and prints its message; so does the Dagster layer.
"""


class ObminError(Exception):
    """Its message is one sentence for the user: what happened, where, what to do. The command exits with status 1."""
