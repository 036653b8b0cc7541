"""Every target of the Makefile runs in CI: in .ci/run or, if it never ends or deletes files, in a test."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from orchestration.settings import PROJECT
from tests.support.obmin_process import REFRESH_LIVE

MAKEFILE = (PROJECT / "Makefile").read_text()
RULES = {
    name: (prerequisites.split("##")[0].split(), recipe)
    for name, prerequisites, recipe in re.findall(r"^([a-z-]+):(.*)\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE)
}
BENCHES = re.findall(r"bench-[a-z-]+", re.findall(r"^BENCHES := (.*)$", MAKEFILE, re.MULTILINE)[0])
# Each target's recipe, and the tests that do the same.
BY_TESTS = {
    "live": ("@$(OBMIN) --profile live run\n", "tests/faults"),
    "ui": ("@$(OBMIN) ui\n", "tests/end_to_end/test_ui.py"),
    "pictures": (
        "@OBMIN_PICTURES=docs/pictures .venv/bin/pytest tests/end_to_end/test_ui.py "
        "tests/end_to_end/test_report_pages.py\n",
        "tests/end_to_end/test_ui.py",
    ),
    "tables-page": (
        "@.venv/bin/python -m orchestration.warehouse.tables_page\n",
        "tests/orchestration/test_descriptions.py",
    ),
    "clean": ("@rm -rf .venv .venv-uv data/sample site dbt_project/target\n", "tests/test_make.py"),
}


def reached(target: str) -> set[str]:
    """A target and all targets that it makes, as prerequisites or in its recipe."""
    prerequisites, recipe = RULES.get(target, ([], ""))
    by_make = " ".join(line for line in recipe.splitlines() if "$(MAKE)" in line).replace(
        "$(BENCHES)", " ".join(BENCHES)
    )
    made = {*prerequisites, *by_make.split()} & {*RULES, *prerequisites}
    return {target}.union(*map(reached, made - {target}))


def test_every_target_runs_in_ci() -> None:
    commands = re.findall(
        r"^(?:\S+=\S+(?: -d\)\")? )?make (.*)$", (PROJECT / ".ci" / "run").read_text(), re.MULTILINE
    )
    in_ci = set().union(*(reached(target) for command in commands for target in command.split()))
    assert set(RULES) - in_ci == set(BY_TESTS)
    assert {name for name in RULES if name.startswith("bench-")} == {*BENCHES, "bench-small"}


def test_what_ci_leaves_out_is_run_by_tests() -> None:
    for target, (recipe, tests) in BY_TESTS.items():
        assert RULES[target][1].lstrip("\t") == recipe, f"{target} does something else now: do {tests} do it?"
        assert (PROJECT / tests).exists()
    assert REFRESH_LIVE == ("--profile", "live", "run")
    for name in ("test_ui.py", "test_report_pages.py"):
        assert "OBMIN_PICTURES" in (PROJECT / "tests" / "end_to_end" / name).read_text()


@pytest.mark.parametrize("bench", BENCHES)
def test_every_bench_has_a_small_size(bench: str) -> None:
    module = importlib.import_module(f"tests.bench.{bench.removeprefix('bench-').replace('-', '_')}")
    assert "sized(" in Path(str(module.__file__)).read_text()


def test_clean_takes_what_was_made_here_and_nothing_else(tmp_path: Path) -> None:
    shutil.copy(PROJECT / "Makefile", tmp_path)
    made = [".venv/x", ".venv-uv/x", "data/sample/x", "site/x", "dbt_project/target/x"]
    kept = ["dbt_project/models/x", "docs/x", "data/live/pages/x"]
    for name in (*made, *kept):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    subprocess.run(["make", "clean"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("x")} == set(kept)
