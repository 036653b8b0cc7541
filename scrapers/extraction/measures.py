"""The registry of measures: what a statement can measure, and how measures relate. The data is in measures.yaml.

The extractor, its interface, the models' precedence, and the alerts take their lists from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from scrapers.yaml_file import read_yaml

REGISTRY = Path(__file__).with_name("measures.yaml")


class Measure(NamedTuple):
    """One measure; the fields are explained in measures.yaml. ``complement`` is its ``with``."""

    name: str
    of: str
    unit: str
    part_of: str | None = None
    complement: str | None = None
    by: str | None = None
    is_stated: bool = True
    is_alerted: bool = False
    shown: int | None = None
    names: Mapping[str, str] = MappingProxyType({})

    @property
    def is_single_figure(self) -> bool:
        """True for a stated number of which an event has one."""
        return self.of == "event" and self.is_stated and self.unit != "none" and self.by is None


@cache
def load_measures() -> dict[str, Measure]:
    """All measures by name, in the order of the file. Raises BrokenYaml when it can't be used."""
    held: dict[str, dict[str, Any]] = read_yaml(REGISTRY)
    return {name: Measure(name, complement=one.pop("with", None), **one) for name, one in held.items()}


def single_figures() -> tuple[str, ...]:
    """The measures of which an event has one number that is stated."""
    return tuple(name for name, one in load_measures().items() if one.is_single_figure)


def parts_of_the_total() -> tuple[str, ...]:
    """The measures that count some of the people released, stated or not; branches and groups aside."""
    return tuple(n for n, one in load_measures().items() if one.part_of == "released_total" and one.by is None)


def complements() -> tuple[tuple[str, str], ...]:
    """Pairs of measures that exclude each other and make up a whole."""
    pairs = ((name, one.complement) for name, one in load_measures().items() if one.complement)
    found: list[tuple[str, str]] = []
    for first, second in pairs:
        if (second, first) not in found:
            found.append((first, second))
    return tuple(found)


def not_stated() -> tuple[str, ...]:
    """The measures that are read only to be kept apart from others."""
    return tuple(name for name, one in load_measures().items() if not one.is_stated)
