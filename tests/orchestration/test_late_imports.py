"""Where an import may stand in a function: so that `obmin --help` and a run with nothing new start fast, and nowhere else."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator

from orchestration.settings import PROJECT

# Modules that start something: a command, or Dagster. They import what they start when they start it.
STARTS = (
    "orchestration/cli/", "orchestration/defs/definitions.py", "orchestration/defs/refresh_run.py",
    "orchestration/defs/webserver.py",
)  # fmt: skip
# Libraries that take a tenth of a second or more, and that most commands do not need.
SLOW = {
    "apprise", "babel", "dagster", "dagster_dbt", "dbt", "dbt_common", "feedgen", "feedparser", "google", "jinja2", "mashumaro", "pyarrow", "pygal",
    "ray", "rich", "sqlite_utils", "tabulate", "trafilatura", "vl_convert",
}  # fmt: skip

# Libraries of extras: a plain install has none of them.
OF_EXTRAS = {"psycopg"}
# Modules of ours that need a slow library throughout: Altair.
SLOW_OF_OURS = {"orchestration.report.drawing", "scrapers.extraction.training.commands"}
# Modules of ours that need a library of an extra throughout: fastwarc.
OF_EXTRAS_OF_OURS = {"scrapers.mining.engines"}


def late_imports() -> Iterator[tuple[str, str]]:
    for package in ("orchestration", "scrapers"):
        for path in sorted((PROJECT / package).rglob("*.py")):
            for function in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    for node in ast.walk(function):
                        if isinstance(node, ast.ImportFrom):
                            yield path.relative_to(PROJECT).as_posix(), node.module or ""
                        elif isinstance(node, ast.Import):
                            yield from ((path.relative_to(PROJECT).as_posix(), one.name) for one in node.names)


def test_only_what_starts_something_and_slow_libraries_are_imported_late() -> None:
    unexpected = {
        (module, imported)
        for module, imported in late_imports()
        if not module.startswith(STARTS)
        and imported.split(".")[0] not in SLOW | OF_EXTRAS
        and imported not in SLOW_OF_OURS | OF_EXTRAS_OF_OURS
    }
    assert unexpected == set()


def test_the_process_that_publishes_to_the_lake_does_without_the_libraries_of_settings() -> None:
    code = "import sys, orchestration.lake.publishing; print(*{'pydantic', 'yaml', 'dbt'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"
