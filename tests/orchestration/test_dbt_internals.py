"""What we replace in dbt works with the installed one, and stored schemas are those that dbt would build."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dbt.clients.jinja import MacroStack
from dbt.compilation import Linker
from dbt.context.configured import ConfiguredContext
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt.contracts.project import Project
from dbt.exceptions import DuplicateMacroNameError
from dbt.plugins.manager import PluginManager
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients import agate_helper
from dbt_common.dataclass_schema import ValidationError, dbtClassMixin
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.types import Note

from orchestration.warehouse import dbt_start
from orchestration.warehouse.checked_file import read_checked
from orchestration.warehouse.dbt_start import quick_start

PROJECT_FILE = {"name": "some_project", "version": "1.0.0", "profile": "some_profile"}
NAME = f"{Project.__module__}.{Project.__qualname__}"


def validated(stored: Path) -> None:
    with quick_start(stored):
        Project.validate(PROJECT_FILE)  # type: ignore[no-untyped-call]
        with pytest.raises(ValidationError):
            Project.validate({**PROJECT_FILE, "name": 5})  # type: ignore[no-untyped-call]


REPLACED: tuple[tuple[Any, str], ...] = (
    (dbtClassMixin, "json_schema"), (BehaviorFlagRendered, "_default_source"), (EventManager, "fire_event"),
    (ManifestContext, "to_dict"), (Linker, "get_graph_summary"), (BaseEvent, "__init__"),
    (agate_helper, "build_type_tester"), (MacroNamespaceBuilder, "add_macros"),
    (PluginManager, "get_prefixed_modules"),
)  # fmt: skip


def test_dbt_still_has_the_functions_that_we_replace() -> None:
    before = [owner.__dict__[name] for owner, name in REPLACED]
    with quick_start(Path("nowhere/schemas.checked")):
        during = [owner.__dict__[name] for owner, name in REPLACED]
    after = [owner.__dict__[name] for owner, name in REPLACED]
    assert after == before
    assert all(one is not other for one, other in zip(before, during, strict=True))


def test_events_above_the_debug_level_are_passed_on(tmp_path: Path) -> None:
    manager, seen = EventManager(), []
    manager.callbacks.append(lambda message: seen.append((message.info.name, message.info.level)))
    with quick_start(tmp_path / "schemas.checked"):
        manager.fire_event(Note(msg="a note"))
        manager.fire_event(Note(msg="a note"), level=EventLevel.DEBUG)
        manager.fire_event(Note(msg="a note"), level=EventLevel.WARN)
    assert seen == [("Note", "info"), ("Note", "warn")]


def test_an_event_that_is_read_has_its_message_and_one_that_is_not_costs_none(tmp_path: Path) -> None:
    with quick_start(tmp_path / "schemas.checked"):
        read, late, changed = Note(msg="a note"), Note(msg="a note"), Note(msg="a note")
        unread = Note(msg=b"\xff")  # written as text when it is read
        assert read.msg == "a note"
        changed.msg = "another"
        assert changed.msg == "another"
    assert (late.message(), Note(msg="a note").message()) == ("a note", "a note")
    assert "_obmin_message" in vars(late)
    assert "_obmin_message" not in vars(unread)


def test_results_of_queries_have_the_types_that_dbt_gives_them(tmp_path: Path) -> None:
    rows, names = [["2024-12-30", "7", None, "yes"]] * 2, ["day", "number", "none", "text"]
    theirs = agate_helper.table_from_rows(rows, names, text_only_columns=["text"])
    with quick_start(tmp_path / "schemas.checked"):
        for columns in (["text"], ["text", "day"], ["text"]):
            ours = agate_helper.table_from_rows(rows, names, text_only_columns=columns)
    assert [type(one) for one in ours.column_types] == [type(one) for one in theirs.column_types]
    assert [tuple(row) for row in ours.rows] == [tuple(row) for row in theirs.rows]


def test_dbt_s_library_compiles_serializers_when_they_are_used() -> None:
    """In a process of its own: here dbt is imported already."""
    code = (
        "from orchestration.warehouse.dbt_start import compile_serializers_late\n"
        "compile_serializers_late()\n"
        "from mashumaro.jsonschema.models import JSONSchema\n"
        "assert JSONSchema(title='a title').to_dict()['title'] == 'a title'\n"
        "print(vars(JSONSchema)['Config'].lazy_compilation)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


class Context(ManifestContext):
    """A context with a few macros, without the configuration of a project."""

    def __init__(self, namespace: MacroNamespace) -> None:
        self.namespace, self._ctx, self._generate_builtins = namespace, {}, None  # type: ignore[assignment]


@dataclass
class SomeMacro:
    package_name: str
    name: str
    unique_id: str = ""
    original_file_path: str = ""


MACROS = {
    "dbt": [SomeMacro("dbt", "both"), SomeMacro("dbt", "theirs")], "dbt_duckdb": [SomeMacro("dbt_duckdb", "both")],
    "obmin": [SomeMacro("obmin", "ours"), SomeMacro("obmin", "both")], "a_package": [SomeMacro("a_package", "ours")],
    "empty": [], "mixed": [SomeMacro("other", "one"), SomeMacro("another", "two")],
    "obmin again": [SomeMacro("obmin", "more")],
}  # fmt: skip


@pytest.mark.parametrize("package", ["obmin", "a_package"])
def test_macros_are_sorted_by_package_as_dbt_sorts_them(tmp_path: Path, package: str) -> None:
    by_name: Any = {name: {macro.name: macro for macro in macros} for name, macros in MACROS.items()}

    def namespaces() -> list[Any]:
        built = MacroNamespaceBuilder("obmin", package, MacroStack(), ["dbt_duckdb", "dbt"])
        found = built.build_namespace(by_name, {})
        spaces = (
            found.global_namespace,
            found.local_namespace,
            found.global_project_namespace,
            *found.packages.values(),
        )
        return [{name: (one.macro, type(one)) for name, one in space.items()} for space in spaces]

    theirs = namespaces()
    with quick_start(tmp_path / "schemas.checked"):
        assert namespaces() == theirs
    twice: Any = {"obmin": {"a": SomeMacro("obmin", "a"), "b": SomeMacro("obmin", "a")}}
    with quick_start(tmp_path / "schemas.checked"), pytest.raises(DuplicateMacroNameError):
        MacroNamespaceBuilder("obmin", package, MacroStack(), ["dbt"]).build_namespace(twice, {})


def test_of_two_macros_with_one_name_the_same_one_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The order of dbt's search: the node's package, the project, other packages by name, dbt, dbt's own macros."""
    namespace: Any = MacroNamespace(
        global_namespace={"everywhere": "project", "two": "project"},
        local_namespace={"everywhere": "node", "one": "node"},
        global_project_namespace={"everywhere": "dbt", "two": "dbt", "dbt": "a macro", "last": "dbt"},
        packages={"everywhere": {"m": "package"}, "other": {"m": "package"}},
    )  # type: ignore[dict-item]
    monkeypatch.setattr(ConfiguredContext, "to_dict", lambda _: {"two": "a value", "config": "a value"})
    theirs = Context(namespace).to_dict()
    with quick_start(tmp_path / "schemas.checked"):
        ours = Context(namespace).to_dict()
    assert ours == theirs
    assert (ours["everywhere"], ours["two"], ours["config"]) == ("node", "project", "a value")


def test_a_schema_is_stored_once_as_dbt_builds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = tmp_path / "schemas.checked"
    validated(stored)
    assert json.loads(read_checked(stored))[NAME] == json.loads(json.dumps(Project.json_schema()))
    monkeypatch.setattr(dbt_start, "_write", None)  # nothing is left to write
    validated(stored)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1]" * 40, None])
def test_damaged_schemas_are_built_again(tmp_path: Path, content: bytes | None) -> None:
    stored = tmp_path / "schemas.checked"
    if content is None:
        stored.mkdir()  # can't be read, nor replaced
    else:
        stored.write_bytes(content)
    validated(stored)
    assert list(tmp_path.iterdir()) == [stored]


def test_a_schema_that_was_changed_on_the_disk_is_built_again(tmp_path: Path) -> None:
    stored = tmp_path / "schemas.checked"
    validated(stored)
    whole = stored.read_bytes()
    stored.write_bytes(whole.replace(b'"required"', b'"requires"', 1))
    validated(stored)
    assert stored.read_bytes() == whole


def test_a_dbt_without_these_functions_runs_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(BehaviorFlagRendered, "_default_source")
    with quick_start(tmp_path / "schemas.checked"):
        assert "_default_source" not in BehaviorFlagRendered.__dict__
        Project.validate(PROJECT_FILE)  # type: ignore[no-untyped-call]
