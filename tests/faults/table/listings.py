"""Attacks of the kind `listings`."""

from __future__ import annotations

from tests.faults.attack import Attack

ATTACKS: list[Attack] = []
