"""Cross-validation: each labelled text is read by a model and a calibration from the other folds, split by event.

No day's news, and no report, is both in a training text and in an evaluated one (folds.py). Scoring is in
evaluation.py.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from scrapers.extraction.as_many import OTHER_SIDE
from scrapers.extraction.confidence import Calibration
from scrapers.extraction.decoding import Decoder
from scrapers.extraction.model import Model
from scrapers.extraction.reading import reading_of
from scrapers.extraction.records import Reading
from scrapers.extraction.training import calibration
from scrapers.extraction.training.encoding import Encoded, Vocabularies, encode, vocabularies
from scrapers.extraction.training.examples import Example, example
from scrapers.extraction.training.folds import folds_of
from scrapers.extraction.training.labelled_texts import labelled_files, load_texts
from scrapers.extraction.training.model_file import write
from scrapers.extraction.training.network import Parameters, Settings, fit, predict
from scrapers.extraction.training.openings import opening_of
from scrapers.extraction.training.outcomes import Outcome, outcomes_of

Decoded = list[tuple[Example, Decoder]]
Readings = list[tuple[Example, Reading]]


class Validation(NamedTuple):
    """``found`` are all texts, each decoded by a model of the other folds; ``folds`` theirs; ``outcomes`` their
    candidate statements; ``fitted`` the confidence in each, None where too few can be judged; ``curve`` the share of
    kinds right in the first fold by the number of training texts.
    """

    found: Decoded
    folds: list[int]
    outcomes: list[Outcome]
    fitted: calibration.CrossFitted | None
    curve: list[tuple[int, float]]


def load_examples(folder: Path, every: int) -> list[Example]:
    """Each ``every``th text of a folder's files."""
    examples = [example(text) for text in load_texts(labelled_files(folder))[::every]]
    print_progress(f"{folder.name}: {len(examples)} labelled texts")
    if missed := [place for one in examples for place in _missed_labels(one)]:
        print_progress(
            f"{len(missed)} labels are on words that are read as no number, day or name: they teach nothing and are "
            f"not judged; the first: {missed[0]}"
        )
    return examples


def _missed_labels(one: Example) -> list[str]:
    """Labels that no item has, except "as many", which repeats a number."""
    held = {(label.field, label.start) for label in one.labels if label is not None}
    return [
        f"{one.text.place}, {label.measure}"
        for label in one.text.labels
        if label.measure not in ("none", *OTHER_SIDE) and (label.field, label.start) not in held
    ]


def learn(examples: Sequence[Example], settings: Settings) -> tuple[list[Parameters], Vocabularies]:
    """Train on the texts and their openings."""
    known = vocabularies(examples, settings.least_often)
    openings = [opening_of(one.text) for one in examples]
    encoded: list[Encoded | None] = [
        None if opening is None else encode(example(opening), known) for opening in openings
    ]
    return fit([encode(one, known) for one in examples], known, settings, encoded), known


def train(examples: Sequence[Example], settings: Settings, path: Path) -> None:
    """Train on all examples and write the model."""
    begun = time.monotonic()
    networks, known = learn(examples, settings)
    write(path, networks, known, {"layers": settings.layers, "texts": len(examples)})
    print_progress(f"trained in {time.monotonic() - begun:.0f} s: {path.name}, {path.stat().st_size / 1e6:.1f} MB")


def cross_validate(
    examples: Sequence[Example], settings: Settings, folds: int, shares: Sequence[float]
) -> Validation:
    """Read each text by a model of the other folds. Models are also trained on ``shares`` of the first fold's
    training texts, for the learning curve.
    """
    found: Decoded = []
    own_folds: list[int] = []
    assigned = folds_of([one.text for one in examples], folds)
    curve: list[tuple[int, float]] = []
    for fold in range(folds):
        begun = time.monotonic()
        learned = [one for one, its in zip(examples, assigned, strict=True) if its != fold]
        judged = [one for one, its in zip(examples, assigned, strict=True) if its == fold]
        own = _seen_by(learned, judged, settings)
        found += own
        own_folds += [fold] * len(own)
        print_progress(
            f"fold {fold + 1} of {folds}: {len(judged)} texts read by what {len(learned)} taught, "
            f"{time.monotonic() - begun:.0f} s"
        )
        if fold == 0:
            for share in shares:
                fewer = learned[:: round(1 / share)]
                curve.append((len(fewer), _kinds_right(_seen_by(fewer, judged, settings))))
            curve.append((len(learned), _kinds_right(own)))
            print_progress(f"learning curve: {curve}")
    outcomes = outcomes_of(found, own_folds)
    fitted = calibration.cross_fitted(outcomes, range(folds)) if calibration.is_enough(outcomes) else None
    return Validation(found, own_folds, outcomes, fitted, curve)


def stated_readings(validation: Validation, fitted: calibration.CrossFitted) -> Readings:
    """What each text states, by trees and thresholds of the other folds."""
    readings: Readings = []
    for fold, trees in fitted.without.items():
        least = calibration.thresholds_without_fold(validation.outcomes, fitted.chances, fold)
        own = [pair for pair, its in zip(validation.found, validation.folds, strict=True) if its == fold]
        readings += readings_of(own, trees.with_thresholds(least))
    return readings


def readings_of(found: Decoded, by: Calibration) -> Readings:
    return [(one, reading_of(decoder, by, one.text.language)) for one, decoder in found]


def seen_by(model: Model, examples: Sequence[Example]) -> Decoded:
    """The texts, decoded with a model's probabilities."""
    return [(one, Decoder(one.document, model.beliefs(one.places), model.measures, model.roles)) for one in examples]


def _seen_by(learned: Sequence[Example], judged: Sequence[Example], settings: Settings) -> Decoded:
    networks, known = learn(learned, settings)
    beliefs = predict(networks, [encode(one, known) for one in judged], known)
    return [
        (one, Decoder(one.document, own, known.measures, known.roles))
        for one, own in zip(judged, beliefs, strict=True)
    ]


def _kinds_right(found: Decoded) -> float:
    return sum(decoder.decoded().kind == one.text.kind for one, decoder in found) / max(1, len(found))


def print_progress(line: str) -> None:
    """Print progress to standard error; results go to standard output."""
    print(line, file=sys.stderr, flush=True)
