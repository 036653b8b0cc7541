"""What we replace in dbt works with the installed one, and stored schemas are those that dbt would build."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dbt.compilation import Linker
from dbt.context.configured import ConfiguredContext
from dbt.context.macros import MacroNamespace
from dbt.context.manifest import ManifestContext
from dbt.contracts.project import Project
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.dataclass_schema import ValidationError, dbtClassMixin
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.types import Note

from orchestration.warehouse import dbt_start
from orchestration.warehouse.dbt_start import quick_start

PROJECT_FILE = {"name": "some_project", "version": "1.0.0", "profile": "some_profile"}
NAME = f"{Project.__module__}.{Project.__qualname__}"


def validated(stored: Path) -> None:
    with quick_start(stored):
        Project.validate(PROJECT_FILE)  # type: ignore[no-untyped-call]
        with pytest.raises(ValidationError):
            Project.validate({**PROJECT_FILE, "name": 5})  # type: ignore[no-untyped-call]


REPLACED = (
    (dbtClassMixin, "json_schema"), (BehaviorFlagRendered, "_default_source"), (EventManager, "fire_event"),
    (ManifestContext, "to_dict"), (Linker, "get_graph_summary"),
)  # fmt: skip


def test_dbt_still_has_the_functions_that_we_replace() -> None:
    before = [owner.__dict__[name] for owner, name in REPLACED]
    with quick_start(Path("nowhere/schemas.json")):
        during = [owner.__dict__[name] for owner, name in REPLACED]
    after = [owner.__dict__[name] for owner, name in REPLACED]
    assert after == before
    assert all(one is not other for one, other in zip(before, during, strict=True))


def test_events_above_the_debug_level_are_passed_on(tmp_path: Path) -> None:
    manager, seen = EventManager(), []
    manager.callbacks.append(lambda message: seen.append((message.info.name, message.info.level)))
    with quick_start(tmp_path / "schemas.json"):
        manager.fire_event(Note(msg="a note"))
        manager.fire_event(Note(msg="a note"), level=EventLevel.DEBUG)
        manager.fire_event(Note(msg="a note"), level=EventLevel.WARN)
    assert seen == [("Note", "info"), ("Note", "warn")]


class Context(ManifestContext):
    """A context with a few macros, without the configuration of a project."""

    def __init__(self, namespace: MacroNamespace) -> None:
        self.namespace, self._ctx, self._generate_builtins = namespace, {}, None  # type: ignore[assignment]


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
    with quick_start(tmp_path / "schemas.json"):
        ours = Context(namespace).to_dict()
    assert ours == theirs
    assert (ours["everywhere"], ours["two"], ours["config"]) == ("node", "project", "a value")


def test_a_schema_is_stored_once_as_dbt_builds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = tmp_path / "schemas.json"
    validated(stored)
    assert json.loads(stored.read_text("utf-8"))[NAME] == json.loads(json.dumps(Project.json_schema()))
    monkeypatch.setattr(dbt_start, "_write", None)  # nothing is left to write
    validated(stored)


WRONG = [json.dumps({NAME: schema}).encode() for schema in (None, 5, {}, {"type": "string"})]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", None, *WRONG])
def test_damaged_schemas_are_built_again(tmp_path: Path, content: bytes | None) -> None:
    stored = tmp_path / "schemas.json"
    if content is None:
        stored.mkdir()  # can't be read, nor replaced
    else:
        stored.write_bytes(content)
    validated(stored)
    assert list(tmp_path.iterdir()) == [stored]


def test_a_dbt_without_these_functions_runs_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(BehaviorFlagRendered, "_default_source")
    with quick_start(tmp_path / "schemas.json"):
        assert "_default_source" not in BehaviorFlagRendered.__dict__
        Project.validate(PROJECT_FILE)  # type: ignore[no-untyped-call]
