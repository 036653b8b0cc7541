"""OBMIN_REPLAY: only a server on this machine, and its pages are never mixed with pages from the web."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.settings import WrongSetting, load_settings

HERE = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    "address",
    ["http://example.org:80", "https://127.0.0.1:8080", "http://127.0.0.1", "http://127.0.0.1:8080/t.me",
     "http://10.0.0.1:8080", "http://[bad", "127.0.0.1:8080", "http://127.0.0.1:99999", "http://127.0.0.1:80/#x", "http://me@127.0.0.1:80", "http://0.0.0.0:80"],
)  # fmt: skip
def test_what_is_no_server_on_this_machine_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_REPLAY", address)
    with pytest.raises(WrongSetting, match="must be a server on this machine"):
        load_settings("sample")


@pytest.mark.parametrize("address", [HERE, HERE + "/", "http://localhost:8080", "http://[::1]:8080"])
def test_a_server_on_this_machine_is_taken(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_REPLAY", address)
    assert load_settings("sample").replay == address.rstrip("/")


def test_a_live_replay_needs_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_REPLAY", HERE)
    with pytest.raises(WrongSetting, match="set OBMIN_DATA"):
        load_settings("live")
    monkeypatch.setenv("OBMIN_DATA", str(tmp_path))
    assert load_settings("live").replay == HERE
    (tmp_path / "live" / "pages").mkdir(parents=True)
    with pytest.raises(WrongSetting, match="holds pages of the web"):
        load_settings("live")


def test_a_replayed_folder_is_never_used_for_the_web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_DATA", str(tmp_path))
    settings = load_settings("live")
    settings.replay_mark.parent.mkdir(parents=True)
    settings.replay_mark.touch()
    with pytest.raises(WrongSetting, match="holds pages of a replay server"):
        load_settings("live")
