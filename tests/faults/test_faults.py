"""Every attack of the table, end to end: attacked sources come out as written by hand, all others are published."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.batch import Batch, failures_of, packed
from tests.faults.table import ATTACKS


def test_names_are_reported_apart() -> None:
    names = [attack.name for attacks in ATTACKS.values() for attack in attacks]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "batch", packed(attack for attacks in ATTACKS.values() for attack in attacks), ids=lambda batch: batch.name
)
def test_batch(batch: Batch, tmp_path: Path) -> None:
    failures = failures_of(batch, tmp_path)
    assert not any(failures.values()), "\n".join(
        f"{name}: {sentence}" for name, sentences in failures.items() for sentence in sentences
    )
