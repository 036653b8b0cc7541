"""Deployments that the first process of a run of tests builds for all of them; tests work on copies.

A session's fixture is built in each process, and a build takes seconds.
"""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from tests.support.scripted_deployment import ScriptedDeployment


def built_once(folder: Path, build: Callable[[Path], ScriptedDeployment]) -> ScriptedDeployment:
    """What ``build`` makes in a folder that all processes name alike; the others wait for the first."""
    built = folder / "built.pickle"  # where it is, and how many announcements it has
    with FileLock(f"{folder}.lock"):
        if not built.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a build that failed
            folder.mkdir()
            built.write_bytes(pickle.dumps(build(folder)))
    deployment: ScriptedDeployment = pickle.loads(built.read_bytes())
    return deployment
