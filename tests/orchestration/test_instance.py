"""Dagster's own storage: created once, by the first process that needs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

OPEN = """
from orchestration.defs.instance import open_instance
from orchestration.settings import load_settings
with open_instance(load_settings()) as instance:
    assert instance.get_runs() == []
    assert instance.event_log_storage.get_asset_records() == []
"""


def test_services_that_start_together_share_a_new_storage(tmp_path: Path) -> None:
    environment = {**os.environ, "OBMIN_DATA": str(tmp_path), "OBMIN_PROFILE": "sample"}
    command = [sys.executable, "-c", OPEN]
    starting = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for process in starting:
        _, said = process.communicate()
        assert process.returncode == 0, said
