"""Tags that Obmin sets on Dagster's runs. Setting and reading them is done where runs start and end."""

from __future__ import annotations

# On a run whose outcome the command line has reported itself: the daemon need not. A killed run lacks it.
REPORTED = "obmin/reported"
# Dagster's tag of a run for its repository, and the repository of the location in workspace.yaml.
LOCATION = ".dagster/repository"
OF_THIS_LOCATION = "__repository__@obmin"
