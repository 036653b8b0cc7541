"""The same graph as people first write it: everything every time, dbt as a child process, Dagster's defaults.

Only the peer of tests/bench/operate.py; the layers that do not differ are ours.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets

from orchestration.defs.assets.announcements import ANNOUNCEMENTS
from orchestration.defs.assets.pages import pages_assets, pages_key
from orchestration.defs.assets.publication import alerts_asset, published_asset
from orchestration.defs.assets.statements import statements_asset
from orchestration.defs.assets.warehouse import ObminDbtTranslator
from orchestration.defs.resources import HttpClientResource, NotifierResource, WarehouseResource
from orchestration.settings import DBT_PROJECT, load_settings
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.dbt_runner import ensure_manifest
from orchestration.warehouse.load import load
from orchestration.warehouse.watermarks import note_build, note_checks
from scrapers.archive import PageArchive

settings = load_settings()
os.environ["OBMIN_WORKING_FILE"] = str(settings.working)
sources = settings.sources()


@dg.asset(key=ANNOUNCEMENTS, deps=[pages_key(source) for source in sources])
def announcements() -> None:
    with Warehouse(settings).connection() as connection:
        load(connection, PageArchive(settings.pages))


@dbt_assets(
    manifest=json.loads(ensure_manifest().read_text("utf-8")),
    dagster_dbt_translator=ObminDbtTranslator(
        DagsterDbtTranslatorSettings(enable_asset_checks=True, enable_duplicate_source_asset_keys=True)
    ),
    name="warehouse",
)
def warehouse(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    with Warehouse(settings).connection() as connection:
        note_build(connection, 0)
    command = ["build", "--full-refresh", "--exclude-resource-type", "unit_test"]
    yield from dbt.cli(command, context=context, target_path=settings.data / "naive").stream()
    with Warehouse(settings).connection() as connection:
        note_checks(connection)  # the stream raises when a model or test failed


working_file = WarehouseResource(settings=settings)
defs = dg.Definitions(
    assets=[
        pages_assets(sources),
        announcements,
        statements_asset(),
        warehouse,
        published_asset(sorted(warehouse.keys)),
        alerts_asset(),
    ],
    jobs=[
        dg.define_asset_job(job, executor_def=executor)
        for job, executor in (("naive", dg.multiprocess_executor), ("naive_in_process", dg.in_process_executor))
    ],
    resources={
        "warehouse": working_file,
        "notifier": NotifierResource(warehouse=working_file),
        "http_client": HttpClientResource(settings=settings),
        "dbt": DbtCliResource(
            project_dir=str(DBT_PROJECT),
            profiles_dir=str(DBT_PROJECT),
            dbt_executable=str(Path(sys.executable).parent / "dbt"),
        ),
    },
)
