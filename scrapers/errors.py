"""The base of every error that a person may meet. What each error says belongs to the module that raises it.

The command line catches it at one place and prints its sentence; so does Dagster's layer.
"""


class ObminError(Exception):
    """Its message is one sentence for a person: what happened, where, what to do. It ends a command with status 1."""
