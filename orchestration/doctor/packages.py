"""Whether Python and the installed packages are those that the project requires.

It imports little: what is missing here would keep the other checks from being imported.
"""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from orchestration.doctor.results import CheckResult, fault, ok
from orchestration.settings.environment import IS_CHECKOUT, ROOT

AREA = "environment"
# Of the many packages, those that a reader wants to know the versions of.
NAMED = ("duckdb", "dbt-core", "dbt-duckdb", "dagster")
SET_UP = "Run `make setup`" if IS_CHECKOUT else "Install Obmin's wheel again"


def check_python(running: str = platform.python_version()) -> list[CheckResult]:
    """Python's version against the project's `requires-python`."""
    wanted = _project()[0]
    if SpecifierSet(wanted).contains(running, prereleases=True):
        return [ok(AREA, "python", f"Python {running} is one that Obmin runs on ({wanted}).")]
    return [
        fault(
            AREA,
            "python",
            f"This is Python {running}, and Obmin needs {wanted}.",
            f"Install such a Python; then delete .venv and run `make setup PYTHON=python{_newest(wanted)}`.",
        )
    ]


def check_packages(
    required: Sequence[str] | None = None, installed: Callable[[str], str] = version
) -> list[CheckResult]:
    """Every package that the project requires, in a version that it accepts."""
    missing, others = [], []
    for line in _project()[1] if required is None else required:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            held = installed(requirement.name)
        except PackageNotFoundError:
            missing.append(requirement.name)
            continue
        if not requirement.specifier.contains(held, prereleases=True):
            others.append(f"{requirement.name} {held} instead of {requirement.specifier}")
    found = [
        *([f"not installed: {', '.join(missing)}"] if missing else []),
        *([f"in another version: {', '.join(others)}"] if others else []),
    ]
    if found:
        sentence = f"Packages are not those that Obmin requires; {'; '.join(found)}."
        return [fault(AREA, "missing packages" if missing else "packages", sentence, f"{SET_UP}, then run again.")]
    named = ", ".join(f"{name} {installed(name)}" for name in NAMED)
    return [ok(AREA, "packages", f"The packages are those that Obmin requires: {named}.")]


def _project() -> tuple[str, list[str]]:
    """The range of Python, and the requirements. A checkout's own file may be newer than what was set up."""
    if IS_CHECKOUT:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        return project["requires-python"], project["dependencies"]
    return metadata("obmin")["Requires-Python"], requires("obmin") or []


def _newest(wanted: str) -> str:
    """The newest Python of a range, as in "3.13"."""
    return next(f"3.{minor}" for minor in range(40, 0, -1) if SpecifierSet(wanted).contains(f"3.{minor}"))
