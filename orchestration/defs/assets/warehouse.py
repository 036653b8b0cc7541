"""The dbt models and tests as assets and checks, built in this process.

The integration's own resource starts dbt as a child process, which costs eight seconds for a third of a second of
SQL. So dbt runs through warehouse/build.py, and the integration's event class converts its events to Dagster's: every
model is a materialization, every test a check.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from orchestration.defs.assets.announcements import ANNOUNCEMENTS
from orchestration.defs.assets.statements import STATEMENTS
from orchestration.defs.instance import POOL
from orchestration.defs.run_outcomes import REASON
from orchestration.warehouse.build import BuildReport, build
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.extract import extract
from orchestration.warehouse.reviews import decided_reviews

# A step's additional tables belong to that step's asset.
SOURCE_KEYS = {
    "sources": ANNOUNCEMENTS,
    "measures": ANNOUNCEMENTS,
    "announcements": ANNOUNCEMENTS,
    "absent_items": ANNOUNCEMENTS,
    "build": STATEMENTS,
    "readings": STATEMENTS,
    "reference_rows": ANNOUNCEMENTS,
    "doubts": STATEMENTS,
    "reviews": STATEMENTS,
    "statements": STATEMENTS,
}
# The dbt events that end a node and that the integration can convert.
RESULTS = ("LogSeedResult", "LogModelResult", "LogTestResult")


class ObminDbtTranslator(DagsterDbtTranslator):
    """Keys are schema and table, groups are the layers."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return SOURCE_KEYS[dbt_resource_props["name"]]
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        spec: dg.AssetCheckSpec | None = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        # The integration looks for a test's description where dbt no longer stores it.
        return spec._replace(description=manifest["nodes"][unique_id]["description"] or None) if spec else None

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["schema"])


def warehouse_assets(manifest_path: Path) -> dg.AssetsDefinition:
    """All dbt models as one step. A failed model or test fails the step, and nothing is published."""
    manifest = json.loads(manifest_path.read_text("utf-8"))
    translator = ObminDbtTranslator(
        DagsterDbtTranslatorSettings(enable_asset_checks=True, enable_duplicate_source_asset_keys=True)
    )

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name="warehouse", pool=POOL)
    def dbt_models(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> Iterator[Any]:
        messages: list[Any] = []
        with warehouse.writing():
            # Another run may have loaded announcements meanwhile, and the build fails on unread ones.
            with warehouse.connection() as connection:
                extract(connection, decided_reviews(warehouse.settings))
            report = build(warehouse, messages.append)
        said: dict[dg.AssetKey, list[Any]] = defaultdict(list)
        for message in messages:
            for event in _dagster_events(message, manifest, translator, context, warehouse.settings.dbt_target):
                said[_asset_of(event, context)].append(_with_more(event, report, context))
        # Dagster requires an asset after its dependencies.
        for key in TopologicalSorter(context.assets_def.asset_deps).static_order():
            is_built = any(isinstance(event, dg.Output) for event in said[key])
            if not (is_built or report.failures) and key in context.selected_asset_keys:
                yield dg.MaterializeResult(key, metadata={"result": "a view or a seed, defined as before"})
            yield from (event for event in said[key] if _is_selected(event, context))
        if report.failures:
            raise dg.Failure(
                description=" ".join(report.failures), metadata={"failures": dg.MetadataValue.json(report.failures)}
            )

    return dbt_models


def _dagster_events(
    message: Any,
    manifest: dict[str, Any],
    translator: DagsterDbtTranslator,
    context: dg.AssetExecutionContext,
    target: Path,
) -> Iterator[Any]:
    """One dbt event, converted by the integration."""
    from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
    from google.protobuf.json_format import MessageToDict

    if message.info.name not in RESULTS:
        return
    raw = MessageToDict(message, preserving_proto_field_name=True)
    event = DbtCoreCliEventMessage(raw_event=raw, event_history_metadata={})
    yield from event.to_default_asset_events(
        manifest=manifest, dagster_dbt_translator=translator, context=context, target_path=target
    )


def _asset_of(event: Any, context: dg.AssetExecutionContext) -> dg.AssetKey:
    is_output = isinstance(event, dg.Output)
    key: dg.AssetKey = context.asset_key_for_output(event.output_name) if is_output else event.asset_key
    return key


def _is_selected(event: Any, context: dg.AssetExecutionContext) -> bool:
    """False for a model or a check that was not selected: dbt builds all, whatever was chosen in the UI."""
    if isinstance(event, dg.Output):
        return event.output_name in context.op_execution_context.selected_output_names
    if isinstance(event, dg.AssetCheckResult) and event.asset_key and event.check_name:
        return dg.AssetCheckKey(event.asset_key, event.check_name) in context.selected_asset_check_keys
    return True


def _with_more(event: Any, report: BuildReport, context: dg.AssetExecutionContext) -> Any:
    """A model's event with its row count, a failed test's with the failing rows."""
    if isinstance(event, dg.Output):
        table = ".".join(context.asset_key_for_output(event.output_name).path)
        if table in report.rows:
            rows = report.rows[table]
            more = {"dagster/row_count": rows, "rows_change": rows - report.rows_before.get(table, 0)}
            return event.with_metadata({**event.metadata, **more})
    if isinstance(event, dg.AssetCheckResult) and not event.passed:
        said = report.sentences.get(str(event.check_name))
        if said is not None:
            return event._replace(metadata={**event.metadata, REASON: dg.MetadataValue.text(said)})
    return event
