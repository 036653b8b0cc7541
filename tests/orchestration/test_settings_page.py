"""docs/settings.md lists every setting that the code reads, and no other."""

from __future__ import annotations

import re

from orchestration.settings import PROJECT

# The build sets it for dbt; no user sets it.
INTERNAL = {"OBMIN_WORKING_FILE"}
NAME = re.compile(r"\bOBMIN_[A-Z_]+[A-Z]\b")


def test_the_page_and_the_code_name_the_same_settings() -> None:
    code = {
        name
        for folder in ("orchestration", "scrapers", "dbt_project")
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in (".py", ".yml", ".yaml") and "target" not in path.parts
        for name in NAME.findall(path.read_text("utf-8"))
    }
    rows = [line for line in (PROJECT / "docs" / "settings.md").read_text("utf-8").splitlines() if line[:2] == "| "]
    assert {name for row in rows for name in NAME.findall(row)} == code - INTERNAL
