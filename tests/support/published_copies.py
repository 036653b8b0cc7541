"""A deployment's published copies: announcing exchanges whose totals tell them apart, harming a copy, reading totals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb

from tests.support.scripted_deployment import ScriptedDeployment

HQ = "koordshtab_telegram"
# Opens the copy for writing, changes it and dies before DuckDB has written the change to the file itself.
HARM = """
import os, sys, duckdb
published, statement, ends = sys.argv[1:]
os.chmod(published, 0o644)
connection = duckdb.connect(published)
connection.execute(statement)
if ends == 'killed':
    os._exit(9)
connection.close()
"""
FALSE_TOTALS = "update marts.fct_exchanges set released_total = 999"
FALSE_WORDS = "update marts.dim_announcements set text = 'Обміну не було', deleted_at = now()::timestamp"


def announce_exchange(scripted: ScriptedDeployment, day: int) -> None:
    text = f"Сьогодні відбувся обмін: додому повернулися {100 + day} захисників, серед них {day} офіцерів."
    scripted.announce(HQ, f"2024-{1 + day // 14:02}-{1 + day % 14 * 2:02} 15:00", text)


def harm(scripted: ScriptedDeployment, statement: str, ends: str = "closed", of: Path | None = None) -> None:
    path = of or scripted.settings.published
    subprocess.run([sys.executable, "-c", HARM, str(path), statement, ends], check=False)


def totals(copy: Path) -> list[tuple[int, ...]]:
    with duckdb.connect(str(copy), read_only=True) as connection:
        return connection.execute("select released_total from marts.fct_exchanges order by 1").fetchall()


def copies(scripted: ScriptedDeployment) -> list[list[tuple[int, ...]]]:
    """The totals in each file of `previous/`, oldest first."""
    return [totals(copy) for copy in sorted(scripted.settings.previous.iterdir())]
