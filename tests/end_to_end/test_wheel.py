"""The wheel works away from the checkout: installed as a tool into an empty environment, run in an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import PROJECT

UV = shutil.which("uv") or str(PROJECT / ".venv-uv" / "bin" / "uv")


def run(*command: str, cwd: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=cwd, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the installed command, with the versions of the lock file."""
    folder = tmp_path_factory.mktemp("wheel")
    environment = {**os.environ, "UV_TOOL_DIR": str(folder / "tools"), "UV_TOOL_BIN_DIR": str(folder / "bin")}
    exported = ["export", "--frozen", "--quiet", "--no-dev", "--no-emit-project", "--no-hashes"]
    run(UV, *exported, "--output-file", str(folder / "versions.txt"), cwd=PROJECT, environment=environment)
    run(UV, "build", "--quiet", "--wheel", "--out-dir", str(folder), cwd=PROJECT, environment=environment)
    (wheel,) = folder.glob("*.whl")
    install = ["tool", "install", "--quiet", "--constraints", str(folder / "versions.txt"), str(wheel)]
    run(UV, *install, cwd=folder, environment=environment)
    _take_compiled_modules(next(folder.glob("tools/*/lib/python*/site-packages")))
    return folder / "bin"


def _take_compiled_modules(installed: Path) -> None:
    """Copy what this environment compiled of the same files: Python compares each with its source by size and time,
    and would take a minute to compile them all again.
    """
    own = Path(sysconfig.get_path("purelib"))
    for compiled in own.rglob("__pycache__"):
        if (installed / compiled.relative_to(own).parent).is_dir():
            shutil.copytree(compiled, installed / compiled.relative_to(own), dirs_exist_ok=True)


def test_the_installed_command_makes_the_facts_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OBMIN_", "PYTHON"))}
    environment["PATH"] = os.pathsep.join([str(installed), "/usr/bin", "/bin"])
    obmin = str(installed / "obmin")
    run(obmin, "run", cwd=tmp_path, environment=environment)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    with duckdb.connect(str(tmp_path / "data" / "sample" / "obmin.duckdb"), read_only=True) as connection:
        # Facts of the public record, as in test_sample.py.
        assert connection.execute(
            "select released_total from marts.fct_exchanges where exchanged_on = date '2024-12-30'"
        ).fetchall() == [(189,)]
    assert "2024-12-30" in run(obmin, "exchanges", "--year", "2024", cwd=tmp_path, environment=environment)
    data = run(obmin, "settings", "--json", cwd=tmp_path, environment=environment)
    assert str(tmp_path / "data") in data
