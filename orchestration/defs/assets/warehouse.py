"""The dbt models and tests as assets and checks, built in this process.

The integration's own resource starts dbt as a child process, which costs eight seconds for a third of a second of
SQL. So dbt runs through warehouse/build.py, and the integration's event class converts its events to Dagster's as
they happen: every model is a materialization, every test a check.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from orchestration.defs.assets.announcements import ANNOUNCEMENTS
from orchestration.defs.assets.statements import STATEMENTS
from orchestration.defs.instance import POOL
from orchestration.defs.run_outcomes import REASON
from orchestration.defs.step_progress import every_few_seconds
from orchestration.warehouse.build import BuildEvent, BuildReport
from orchestration.warehouse.build_stream import BuildStream
from orchestration.warehouse.database import Warehouse

# A step's additional tables belong to that step's asset.
SOURCE_KEYS = {
    "sources": ANNOUNCEMENTS,
    "measures": ANNOUNCEMENTS,
    "announcements": ANNOUNCEMENTS,
    "absent_items": ANNOUNCEMENTS,
    "build": STATEMENTS,
    "readers": STATEMENTS,
    "readings": STATEMENTS,
    "reference_rows": ANNOUNCEMENTS,
    "doubts": STATEMENTS,
    "reviews": STATEMENTS,
    "statements": STATEMENTS,
}


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

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Without the SQL, which `obmin docs` shows beside it."""
        return " ".join(dbt_resource_props["description"].split())

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
        stream, unchanged, failed = BuildStream(warehouse), _Unchanged(context), []
        target, say = warehouse.settings.dbt_target, every_few_seconds(context.log.info)
        with closing(iter(stream)) as events:  # an interrupt at a yield ends the build
            for number, built in enumerate(events, start=1):
                say(f"{number} models and tests done")
                for event in _dagster_events(built.message, manifest, translator, context, target):
                    if isinstance(event, dg.AssetCheckResult) and not event.passed:
                        failed.append(event)  # its rows are known when the build has ended
                    elif isinstance(event, dg.Output):
                        yield from unchanged.before(context.asset_key_for_output(event.output_name))
                        yield from _selected(_with_rows(event, built), context)
                    else:
                        yield from _selected(event, context)
        report = stream.report
        for event in failed:
            yield from _selected(_with_reason(event, report), context)
        if report.unextracted:
            context.log.info(f"{report.unextracted} announcements were loaded meanwhile: for the next refresh.")
        if report.failures:
            raise dg.Failure(
                description=" ".join(report.failures), metadata={"failures": dg.MetadataValue.json(report.failures)}
            )
        yield from unchanged.rest()

    return dbt_models


class _Unchanged:
    """Views, seeds and tables of the rules that a build leaves as they are. Dagster requires an asset after its
    dependencies, so they come just before the first table that needs them.
    """

    def __init__(self, context: dg.AssetExecutionContext) -> None:
        self._dependencies = context.assets_def.asset_deps
        self._selected, self._past = context.selected_asset_keys, set[dg.AssetKey]()

    def before(self, key: dg.AssetKey) -> Iterator[Any]:
        """The results of the unchanged assets that ``key`` depends on; ``key`` itself was built."""
        self._past.add(key)
        for dependency in sorted(self._dependencies.get(key, ())):
            yield from self._result(dependency)

    def rest(self) -> Iterator[Any]:
        """The results of those that no built table depends on."""
        for key in sorted(self._dependencies):
            yield from self._result(key)

    def _result(self, key: dg.AssetKey) -> Iterator[Any]:
        if key in self._past or key not in self._dependencies:
            return
        yield from self.before(key)
        if key in self._selected:
            yield dg.MaterializeResult(key, metadata={"result": "as before: nothing new reaches it"})


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

    raw = MessageToDict(message, preserving_proto_field_name=True)
    event = DbtCoreCliEventMessage(raw_event=raw, event_history_metadata={})
    yield from event.to_default_asset_events(
        manifest=manifest, dagster_dbt_translator=translator, context=context, target_path=target
    )


def _selected(event: Any, context: dg.AssetExecutionContext) -> Iterator[Any]:
    """The event, unless its model or check was not selected: dbt builds all, whatever was chosen in the UI."""
    is_selected = True
    if isinstance(event, dg.Output):
        is_selected = event.output_name in context.op_execution_context.selected_output_names
    elif isinstance(event, dg.AssetCheckResult) and event.asset_key and event.check_name:
        is_selected = dg.AssetCheckKey(event.asset_key, event.check_name) in context.selected_asset_check_keys
    if is_selected:
        yield event


def _with_rows(event: dg.Output[Any], built: BuildEvent) -> dg.Output[Any]:
    if built.rows is None:
        return event
    more = {"dagster/row_count": built.rows, "rows_change": built.rows_change}
    return event.with_metadata({**event.metadata, **more})


def _with_reason(event: dg.AssetCheckResult, report: BuildReport) -> dg.AssetCheckResult:
    """A failed test with the rows that failed."""
    reason = report.sentences.get(str(event.check_name))
    if reason is None:
        return event
    return event._replace(description=reason, metadata={**event.metadata, REASON: dg.MetadataValue.text(reason)})
