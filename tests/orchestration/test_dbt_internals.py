"""What we replace in dbt works with the installed one, and stored schemas are those that dbt would build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dbt.contracts.project import Project
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.dataclass_schema import ValidationError, dbtClassMixin

from orchestration.warehouse import dbt_start
from orchestration.warehouse.dbt_start import quick_start

PROJECT_FILE = {"name": "some_project", "version": "1.0.0", "profile": "some_profile"}
NAME = f"{Project.__module__}.{Project.__qualname__}"


def validated(stored: Path) -> None:
    with quick_start(stored):
        Project.validate(PROJECT_FILE)  # type: ignore[no-untyped-call]
        with pytest.raises(ValidationError):
            Project.validate({**PROJECT_FILE, "name": 5})  # type: ignore[no-untyped-call]


def test_dbt_still_has_the_functions_that_we_replace() -> None:
    before = [dbtClassMixin.__dict__["json_schema"], BehaviorFlagRendered.__dict__["_default_source"]]
    with quick_start(Path("nowhere/schemas.json")):
        during = [dbtClassMixin.__dict__["json_schema"], BehaviorFlagRendered.__dict__["_default_source"]]
    after = [dbtClassMixin.__dict__["json_schema"], BehaviorFlagRendered.__dict__["_default_source"]]
    assert after == before
    assert all(one is not other for one, other in zip(before, during, strict=True))


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
