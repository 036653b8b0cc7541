"""User errors in a YAML file, the registry above all: one sentence that names the file and the place."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scrapers.errors import ObminError
from scrapers.registry import REGISTRY, read_registry
from scrapers.yaml_file import read_yaml

LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))

OTHER_KEYS = b"""title_stems: {}
address_stems: []
web_archives: {id: web_archives, publisher: A, publisher_uk: A, side: press, precedence: 9}
"""
BROKEN_FILES = [
    (b"", "the file: Input should be a valid dictionary."),
    (b"\x00\x93\xfe\xff" * 99, "no text in UTF-8"),
    (b"a: \x00", "is not valid YAML"),
    (b"a: [1", "is not valid YAML, line"),
    (b"[" * 100_000, "is nested more than 50 deep"),
    (b"a: " + b"{a: " * 100_000, "is nested more than 50 deep"),
    (LAUGHS.encode(), "unfolds to more than 2,000,000 values"),
    (b"a: *nowhere", "found undefined alias"),
    (b"a: &a [*a]", "address_stems: Field required"),
    (b"sources: []\nsources: []", "line 1: the key 'sources' is given twice"),
    (b"a: 2024-13-45", "is not valid YAML: month must be in 1..12"),
    (b"a: " + b"9" * 5000, "is not valid YAML: Exceeds the limit"),
    (b"!!python/object/apply:os.system ['true']", "could not determine a constructor"),
    (b"just words", "the file: Input should be a valid dictionary."),
    (OTHER_KEYS + b"sources: []", "sources: List should have at least 1 item"),
    (OTHER_KEYS + b"sources: [5]", "sources.0: Input should be a valid dictionary"),
    (OTHER_KEYS + b"sources: [{}]", "source 1 (None): id: Field required"),
]


def test_broken_registry_files(tmp_path: Path) -> None:
    path = tmp_path / "registry.yaml"
    for content, message in BROKEN_FILES:
        path.write_bytes(content)
        with pytest.raises(ObminError) as caught:
            read_registry(path)
        assert message in str(caught.value), content[:60]
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path, "Is a directory"),
        (tmp_path / "nowhere.yaml", "No such file or directory"),
        (REGISTRY / "below.yaml", "Not a directory"),
        (tmp_path / ("x" * 300), "File name too long"),
    ):
        with pytest.raises(ObminError, match=f"can't be read: {message}"):
            read_yaml(path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(ObminError, match="can't be read: Too many"):
        read_yaml(tmp_path / "loop")


BROKEN_ENTRIES = [
    ({"url": "http://[bad"}, "url: 'http://[bad' is no web address"),
    ({"url": "t.me/s/x"}, "is no web address"),
    ({"url": "https://t.me:99999/"}, "is no web address"),
    ({"time_zone": "Kyiv"}, "time_zone: 'Kyiv' is no time zone"),
    ({"time_zone": "../../etc/passwd"}, "is no time zone"),
    ({"id": "../x"}, "id: String should match pattern"),
    ({"id": ["a"]}, "id: Input should be a valid string"),
    ({"language": {"uk": 1}}, "language: Input should be"),
    ({"precedence": "first"}, "precedence: Input should be a valid integer"),
    ({"seconds_between_requests": -1}, "seconds_between_requests: Input should be greater"),
    ({"precedense": 1}, "precedense: Extra inputs are not permitted"),
    ({"id": "president_uk"}, "the id president_uk is given twice"),
]


def test_broken_entries(tmp_path: Path) -> None:
    whole = read_yaml(REGISTRY)
    path = tmp_path / "registry.yaml"
    for change, message in BROKEN_ENTRIES:
        changed = {**whole, "sources": [{**whole["sources"][0], **change}, *whole["sources"][1:]]}
        path.write_text(yaml.safe_dump(changed), "utf-8")
        with pytest.raises(ObminError) as caught:
            read_registry(path)
        assert message in str(caught.value), change
        assert str(caught.value).startswith(f"{path}, source ")
    path.write_text(yaml.safe_dump(whole), "utf-8")
    assert read_registry(path) == read_registry(REGISTRY)
