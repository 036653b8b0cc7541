"""What `obmin browse` shows: a SQLite copy of the published data, and its titles, descriptions, facets and questions.

The server is started in cli/browse.py. Titles, facets and views are in browser.yaml, the questions in questions.yaml.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from orchestration.settings import Settings
from orchestration.warehouse.database import reading
from orchestration.warehouse.export import Exported, export_sqlite, exported_tables
from scrapers.yaml_file import read_shipped

FOLDER, NAME = "browse", "obmin.sqlite"
# Views are part of the file, so that a change of them makes it anew.
MADE_FROM = "create table made_from (publication_id text, views text)"


@dataclass(frozen=True, slots=True)
class BrowsableData:
    """``file``: the SQLite file, which nothing writes to any more; ``metadata``: Datasette's."""

    file: Path
    metadata: dict[str, Any]


def browsable_data(settings: Settings) -> BrowsableData:
    """The data of the published copy as it is now. The file is made anew only when another copy was published.

    Raises WarehouseError when nothing is published yet.
    """
    shown = read_shipped("orchestration.queries", "browser.yaml")
    with reading(settings.published) as connection:
        (publication_id,) = connection.execute("select publication_id from meta.about").fetchall()[0]
        tables = exported_tables(connection)
        folder = settings.data / FOLDER
        made_from = (publication_id, str(shown["views"]))
        folder.mkdir(exist_ok=True)
        with FileLock(folder / "browse.lock"):  # another `obmin browse` may be making the same file
            if _made_from(folder / NAME) != made_from:
                # A server that still shows the old file keeps it open; the new one takes its name when it is whole.
                fresh = folder / f"{NAME}.new"
                export_sqlite(connection, tables, fresh)
                _add_views(fresh, shown["views"], made_from)
                os.replace(fresh, folder / NAME)
    return BrowsableData(folder / NAME, _metadata(tables, shown))


def _made_from(path: Path) -> tuple[str, str] | None:
    """What a file was made from; None when there is none, or one of its pages is damaged."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            row: tuple[str, str] | None = database.execute("select publication_id, views from made_from").fetchone()
            is_whole = database.execute("pragma quick_check(1)").fetchone() == ("ok",)
            return row if is_whole else None
    except sqlite3.Error:
        return None


def _add_views(path: Path, views: dict[str, Any], made_from: tuple[str, str]) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for name, view in views.items():
            database.execute(f"create view {name} as {view['sql']}")
        database.execute(MADE_FROM)
        database.execute("insert into made_from values (?, ?)", made_from)


def _metadata(tables: list[Exported], shown: dict[str, Any]) -> dict[str, Any]:
    described = {
        table.name: {
            "title": table.name,
            "description": table.description + (f" Key: {', '.join(table.key)}." if table.key else ""),
            "columns": {column.name: column.description for column in table.columns},
            **shown["tables"].get(table.name, {}),
        }
        for table in tables
    }
    described["data_dictionary"] = {
        "title": "data_dictionary",
        "description": "Every column of every table, and what it is.",
        **shown["tables"]["data_dictionary"],
    }
    described["made_from"] = {"hidden": True}
    for name, view in shown["views"].items():
        # Of a column that two tables have, such as url, a view has the first one's.
        columns = {column: text for of in reversed(view["of"]) for column, text in described[of]["columns"].items()}
        described[name] = {
            "title": name,
            "description": view["description"],
            "columns": columns | view["columns"],
            **view["table"],
        }
    site = {key: shown[key] for key in ("title", "description", "license", "license_url", "source")}
    questions = {
        f"question_{number}": {"title": question["words"], "sql": question["sql"]}
        for number, question in enumerate(read_shipped("orchestration.queries", "questions.yaml"), start=1)
    }
    return {**site, "databases": {"obmin": {"tables": described, "queries": questions}}}
