"""What dbt computes at each start although its version alone decides the result, or for nobody: stored, or left out.

Nine of dbt's own functions are replaced while a command runs, which saves a seventh of a small build's CPU; a dbt
that has no such functions runs as it is, and tests/orchestration/test_dbt_internals.py says so. Compiled templates
are in template_cache.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from orchestration.warehouse.checked_file import read_checked, write_checked


def compile_serializers_late() -> None:
    """Let the library under dbt's classes generate the serializers of its own classes when they are first used, as
    dbt's classes already do: a tenth of a second less. To be called before anything imports dbt or dagster_dbt.
    """
    from mashumaro.config import BaseConfig

    BaseConfig.lazy_compilation = True


@contextmanager
def quick_start(stored: Path) -> Iterator[None]:
    """Take the JSON schemas of dbt's classes from the file ``stored``, write those that it lacked, and leave out what
    nobody sees.

    A file that is missing, damaged or not writable costs time, nothing else.
    """
    from dbt.compilation import Linker
    from dbt.context.macros import MacroNamespaceBuilder
    from dbt.context.manifest import ManifestContext
    from dbt.plugins.manager import PluginManager
    from dbt_common import behavior_flags
    from dbt_common.clients import agate_helper
    from dbt_common.dataclass_schema import dbtClassMixin
    from dbt_common.events.base_types import BaseEvent
    from dbt_common.events.event_manager import EventManager

    schemas = _read(stored)
    known = len(schemas)
    build = getattr(dbtClassMixin.__dict__.get("json_schema"), "__func__", None)
    flag = getattr(behavior_flags, "BehaviorFlagRendered", None)

    def json_schema(cls: type) -> dict[str, Any]:
        assert build is not None  # it is replaced only where it exists
        name = f"{cls.__module__}.{cls.__qualname__}"
        if name not in schemas:
            schemas[name] = build(cls)
        return schemas[name]

    with (
        replaced(dbtClassMixin, "json_schema", classmethod(json_schema)),
        # dbt reads the source files of all its callers to name one of them in a warning that is not shown.
        replaced(flag, "_default_source", staticmethod(lambda: "dbt")),
        # For a diagnostic file that nobody reads, dbt writes out each node twice; now it is empty.
        replaced(Linker, "get_graph_summary", lambda *_: {}),
        replaced(EventManager, "fire_event", _except_debug(EventManager.fire_event)),
        replaced(ManifestContext, "to_dict", _with_macros(ManifestContext.to_dict)),
        replaced(MacroNamespaceBuilder, "add_macros", _by_package(MacroNamespaceBuilder.add_macros)),
        replaced(BaseEvent, "__init__", _written_when_read(BaseEvent)),
        # dbt looks through all installed packages for plugins; this project has none.
        replaced(PluginManager, "get_prefixed_modules", staticmethod(dict)),
        # For each result of a query dbt builds parsers of dates in words, which DuckDB never returns.
        replaced(agate_helper, "build_type_tester", _built_once(agate_helper.build_type_tester)),
    ):
        yield
    if len(schemas) > known:
        _write(stored, schemas)


def _except_debug(fire: Any) -> Any:
    """Events of the lowest level, most of all, reach neither a log nor a callback, and dbt writes each out."""
    from dbt_common.events.base_types import EventLevel

    def fire_event(self: Any, e: Any, level: Any = None, *arguments: Any, **options: Any) -> None:
        if (level or e.level_tag()) != EventLevel.DEBUG:
            fire(self, e, level, *arguments, **options)

    return fire_event


def _written_when_read(event: Any) -> Any:
    """An event writes its message, which costs most of it, when somebody reads it: of a debug event, nobody does."""
    write = event.__init__

    def message_of(self: Any) -> Any:
        held = vars(self)
        if "_obmin_arguments" in held:
            arguments, options = held.pop("_obmin_arguments")
            write(self, *arguments, **options)  # it sets pb_msg, in the next function
        # An event that was made before the property has its message under its own name.
        return held["_obmin_message"] if "_obmin_message" in held else held["pb_msg"]

    def set_message(self: Any, message: Any) -> None:
        vars(self)["_obmin_message"] = message

    # A property outlives the command: an event that was made while it ran may be read later.
    event.pb_msg = property(message_of, set_message)

    def keep_arguments(self: Any, *arguments: Any, **options: Any) -> None:
        vars(self)["_obmin_arguments"] = arguments, options

    return keep_arguments


def _built_once(build: Any) -> Any:
    """The same function, which keeps its results by arguments."""
    built: dict[Any, Any] = {}

    def build_once(text_columns: Any, *null_values: Any, **named: Any) -> Any:
        arguments = tuple(text_columns), *null_values, *named.items()
        if arguments not in built:
            built[arguments] = build(text_columns, *null_values, **named)
        return built[arguments]

    return build_once


def _by_package(original: Any) -> Any:
    """A node's context gets 500 macros for each node; dbt sorts each by itself, though it asks for a package's."""
    from dbt.clients.jinja import MacroGenerator

    def add_macros(self: Any, macros: Iterable[Any], context: dict[str, Any]) -> None:
        listed = list(macros)
        by_name = {macro.name: MacroGenerator(macro, context, self.node, self.thread_ctx) for macro in listed}
        packages = {macro.package_name for macro in listed}
        if len(packages) != 1 or len(by_name) < len(listed) or packages & {*self.internal_packages, *self.packages}:
            original(self, listed, context)
            return
        (package,) = packages
        if package in self.internal_package_names:
            self.internal_packages[package] = by_name
            return
        self.packages[package] = by_name
        if package == self.search_package:
            self.locals.update(by_name)
        elif package == self.root_package:
            self.globals.update(by_name)

    return add_macros


def _with_macros(original: Any) -> Any:
    """The context gets the macros twice, by name; dbt searches for each of them."""
    from dbt.context.macros import MacroNamespace
    from dbt.context.manifest import ManifestContext
    from dbt.include.global_project import PROJECT_NAME

    def to_dict(self: ManifestContext) -> dict[str, Any]:
        macros = self.namespace
        if not isinstance(macros, MacroNamespace):
            return original(self)
        context: dict[str, Any] = super(ManifestContext, self).to_dict()
        # The first of dbt's search order wins, so it comes last.
        for found in (
            macros.global_project_namespace, {PROJECT_NAME: macros.global_project_namespace}, macros.packages,
            macros.global_namespace, macros.local_namespace,
        ):  # fmt: skip
            context.update(found)
        return context

    return to_dict


@contextmanager
def replaced(owner: Any, name: str, replacement: Any) -> Iterator[None]:
    """Put another function into a class or module while the block runs; nothing, if it has none of that name."""
    original = None if owner is None else owner.__dict__.get(name)
    if original is None:
        yield
        return
    setattr(owner, name, replacement)
    try:
        yield
    finally:
        setattr(owner, name, original)


def _read(stored: Path) -> dict[str, dict[str, Any]]:
    try:
        schemas: dict[str, dict[str, Any]] = json.loads(read_checked(stored))
    except (OSError, ValueError):
        return {}
    return schemas


def _write(stored: Path, schemas: dict[str, dict[str, Any]]) -> None:
    with suppress(OSError, TypeError, ValueError):
        write_checked(stored, json.dumps(schemas).encode())
