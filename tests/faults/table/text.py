"""Attacks of the kind `text`."""

from __future__ import annotations

from tests.faults.attack import Attack

ATTACKS: list[Attack] = []
