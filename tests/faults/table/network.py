"""Attacks of the kind `network`."""

from __future__ import annotations

from tests.faults.attack import Attack

ATTACKS: list[Attack] = []
