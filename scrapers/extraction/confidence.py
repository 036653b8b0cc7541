"""How likely a statement is right, and from which confidence on it is stated.

The weights and thresholds are fitted by training/calibration.py on predictions for texts that took no part in
training; they stand in calibration.json.
"""

from __future__ import annotations

import json
from functools import cache
from math import exp, log
from pathlib import Path
from typing import Any

from scrapers.extraction.decoding import Told
from scrapers.extraction.document import Document
from scrapers.extraction.figures import Figure

CALIBRATION = Path(__file__).with_name("calibration.json")
LEAST = 1e-4


def signs(figure: Figure, event: Told, document: Document) -> list[float]:
    """What speaks for a figure: the beliefs in it, its rival and its event, whether a sum closes, how many words say
    it, and whether the title does.
    """
    in_title = document.has_title and any(document.items[item].sentence == 0 for item in figure.items)
    return [
        logit(figure.belief), logit(figure.rival), logit(event.belief), float(figure.closes), log(len(figure.items)),
        float(in_title),
    ]  # fmt: skip


def logit(chance: float) -> float:
    return log(max(chance, LEAST) / max(1 - chance, LEAST))


def measure_of(figure: Figure, event: Told) -> str:
    """The name under which weights are kept: recalled figures are surer or less sure than reported ones."""
    return f"{'recap.' if event.is_recap else ''}{figure.measure}"


class Calibration:
    """Fitted weights: ``{"weights": [...], "bias": x, "measures": {name: offset}, "thresholds": {name: least}}``."""

    def __init__(self, fitted: dict[str, Any]) -> None:
        self._weights: list[float] = fitted["weights"]
        self._bias: float = fitted["bias"]
        self._measures: dict[str, float] = fitted["measures"]
        self._thresholds: dict[str, float] = fitted["thresholds"]

    def confidence(self, figure: Figure, event: Told, document: Document) -> float:
        """The chance that a figure is right."""
        score = self._bias + self._measures.get(measure_of(figure, event), 0.0)
        score += sum(w * sign for w, sign in zip(self._weights, signs(figure, event, document), strict=True))
        return 1 / (1 + exp(-score))

    def least(self, measure: str) -> float:
        """The confidence below which nothing is stated."""
        return self._thresholds.get(measure, self._thresholds[""])


@cache
def load_calibration() -> Calibration:
    """The calibration that the project ships."""
    return Calibration(json.loads(CALIBRATION.read_text("utf-8")))
