"""How a process of ours collects garbage: what is loaded is left alone, what the work leaves behind is not."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest

from orchestration.defs.process import keep_what_is_loaded, loading, prepare_process


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    thresholds = gc.get_threshold()
    monkeypatch.setattr("sys.excepthook", None)
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Loop:
    """Only the collector can free it."""

    def __init__(self, freed: list[bool]) -> None:
        self.itself, self.freed = self, freed

    def __del__(self) -> None:
        self.freed.append(True)


def test_what_is_loaded_is_not_collected_and_what_the_work_leaves_is() -> None:
    before, after = list[bool](), list[bool]()
    with loading():
        assert not gc.isenabled()
        Loop(before)
    assert gc.isenabled()
    Loop(after)
    gc.collect()
    assert (before, after) == ([], [True])
    Loop(after)
    keep_what_is_loaded()
    gc.collect()
    assert after == [True]


def test_a_failure_while_loading_leaves_the_collector_on() -> None:
    with pytest.raises(KeyError), loading():
        raise KeyError
    assert gc.isenabled()


def test_the_operator_s_own_number_of_threads_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_process()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    prepare_process()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "4"
