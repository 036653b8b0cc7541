"""Tags that Obmin sets on Dagster's runs. Setting and reading them is done where runs start and end."""

from __future__ import annotations

# On a run whose outcome the command line has reported itself: the daemon need not. A killed run lacks it.
REPORTED = "obmin/reported"
# The repository and the location of workspace.yaml, as Dagster names them in a run's tag.
OF_THIS_LOCATION = "__repository__@obmin"
