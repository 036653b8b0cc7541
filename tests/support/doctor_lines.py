"""What `obmin doctor` finds, and everything in a folder, to compare with what it was before."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from orchestration.cli.main import main

Lines = dict[tuple[str, str], tuple[str, str, str | None]]


def doctor(*options: str, status: int, **environment: str) -> Lines:
    """State, sentence and cure of each check, by area and name."""
    result = CliRunner().invoke(main, [*options, "doctor", "--json"], env=environment)
    assert result.exit_code == status, result.output
    told = json.loads(result.stdout)
    lines = {(one["area"], one["name"]): (one["state"], one["sentence"], one["cure"]) for one in told["checks"]}
    assert len(lines) == len(told["checks"])
    for state, number in (("fault", told["faults"]), ("warning", told["warnings"])):
        assert sum(line[0] == state for line in lines.values()) == number
    for state, sentence, cure in lines.values():
        assert sentence.endswith(".")
        assert (cure is None) == (state == "ok")
    return lines


def not_ok(lines: Lines) -> dict[tuple[str, str], tuple[str, str, str | None]]:
    return {name: line for name, line in lines.items() if line[0] != "ok"}


def everything_in(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Mode, time of change and content of everything in a folder."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            0 if path.is_dir() else path.lstat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }
