"""Stored templates are those that Jinja would compile, and no state of their file breaks or changes a build."""

from __future__ import annotations

from pathlib import Path

import pytest
from dbt.clients.jinja import get_rendered
from jinja2 import Environment

from orchestration.warehouse import template_cache
from orchestration.warehouse.checked_file import read_checked, write_checked
from orchestration.warehouse.template_cache import stored_templates

TEXT = "{% for name in names %}{{ name }} was released{{ ', ' if not loop.last }}{% endfor %}"
EXPECTED = "Anna was released, Ivan was released"


def rendered(stored: Path) -> str:
    with stored_templates(stored):
        return str(get_rendered(TEXT, {"names": ["Anna", "Ivan"]}))


def test_a_template_is_compiled_once_for_all_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = tmp_path / "templates.marshal"
    assert rendered(stored) == EXPECTED

    def again(*arguments: object) -> None:
        raise AssertionError(f"compiled again: {arguments}")

    monkeypatch.setattr(Environment, "compile", again)
    monkeypatch.setattr(template_cache, "write_checked", None)  # and nothing is left to write
    assert rendered(stored) == EXPECTED


def test_environments_of_two_kinds_share_no_template(tmp_path: Path) -> None:
    """dbt's native environment returns values, its other one text."""
    stored = tmp_path / "templates.marshal"
    for _ in range(2):
        with stored_templates(stored):
            assert get_rendered("{{ [1, 2] | as_native }}", {}, native=True) == [1, 2]
            assert get_rendered("{{ [1, 2] | as_native }}", {}) == "[1, 2]"


def test_jinja_has_its_own_function_back_after_an_error(tmp_path: Path) -> None:
    before = Environment.compile
    with pytest.raises(ZeroDivisionError), stored_templates(tmp_path / "templates.marshal"):
        raise ZeroDivisionError
    assert Environment.compile is before


@pytest.mark.parametrize("damage", ["empty", "cut", "one bit", "a folder", "no folder"])
def test_a_damaged_file_is_written_anew(damage: str, tmp_path: Path) -> None:
    stored = tmp_path / "templates.marshal"
    rendered(stored)
    content = bytearray(stored.read_bytes())
    if damage == "a folder":
        stored.unlink()
        stored.mkdir()
    elif damage == "no folder":
        stored = tmp_path / "nowhere" / "templates.marshal"
    else:
        content[len(content) // 2] ^= 1
        stored.write_bytes({"empty": b"", "cut": content[:-9], "one bit": content}[damage])
    assert rendered(stored) == EXPECTED
    assert list(tmp_path.glob("*.new")) == []
    if stored.is_file():
        assert template_cache._read(stored)


def test_a_checked_file_notices_every_changed_byte(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_checked(path, b"189 people")
    assert read_checked(path) == b"189 people"
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ValueError, match="is damaged"):
            read_checked(path)
