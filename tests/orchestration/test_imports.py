"""Importing a module of ours changes nothing of the process that imports it: what starts a process prepares it."""

from __future__ import annotations

import subprocess
import sys

IMPORT_ALL = """
import gc, importlib, os, pkgutil, signal, sys

def state():
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    return gc.get_threshold(), gc.isenabled(), gc.get_freeze_count(), sys.excepthook, handlers, os.getcwd()

before = state()
for package in ("orchestration", "scrapers"):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if "training" not in module.name:  # needs what only development installs
            importlib.import_module(module.name)
assert state() == before, (before, state())
print("orchestration.defs.all_definitions" in sys.modules)
"""


def test_importing_every_module_leaves_the_process_as_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
