"""The trained network, read from model.npz and applied with numpy: what each item of a text probably says.

Training is training/network.py's, which computes the same; what follows from the probabilities is decoding.py's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrapers.extraction.features import ITEM, ROOT, SENTENCE, Feature, Place

KINDS = ("exchange", "repatriation", "exchange_and_repatriation", "summary", "plan", "other")
HEADS = 4
NEAR = 16  # distances beyond this many places are all alike
# How one place stands to another: elsewhere, in one sentence, its own sentence, the same number, the next sentence,
# seen from the text as a whole, the text as a whole.
ELSEWHERE, SAME_SENTENCE, OWN_SENTENCE, SAME_NUMBER, NEXT_SENTENCE, FROM_ROOT, TO_ROOT = range(7)
RELATIONS = 7


def relations(places: Sequence[Place]) -> NDArray[np.int8]:
    """Places × places: how the one in the row stands to the one in the column."""
    sentence = np.array([place.sentence for place in places])
    number = np.array([-1 if place.value is None else place.value for place in places])
    is_sentence = np.array([place.kind == SENTENCE for place in places])
    apart = sentence[:, None] - sentence[None, :]
    found = np.full((len(places), len(places)), ELSEWHERE, np.int8)
    found[np.abs(apart) == 1] = NEXT_SENTENCE
    found[apart == 0] = SAME_SENTENCE
    found[(apart == 0) & is_sentence[None, :]] = OWN_SENTENCE
    same = (number[:, None] == number[None, :]) & (number[:, None] >= 0)
    np.fill_diagonal(same, False)
    found[same] = SAME_NUMBER
    found[0, :] = FROM_ROOT
    found[:, 0] = TO_ROOT
    return found
