"""The commands `train` (on the corpus) and `evaluate`; `make train`, `make evaluate`.

Evaluation uses texts not trained on: cross-validation by event, and a sealed test set that influenced no choice.
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from scrapers.errors import ObminError
from scrapers.extraction.confidence import CALIBRATION, load_calibration, save
from scrapers.extraction.model import MODEL, read_model
from scrapers.extraction.training import calibration
from scrapers.extraction.training.cross_validation import (
    cross_validate,
    load_examples,
    print_progress,
    readings_of,
    seen_by,
    stated_readings,
    train,
)
from scrapers.extraction.training.labelled_texts import MalformedLabelError, labelled_files
from scrapers.extraction.training.network import Settings
from scrapers.extraction.training.tables import Tables, print_tables

CORPUS = Path(__file__).parents[1] / "corpus"
SEALED = Path(__file__).parents[1] / "sealed"
REAL = "_reports.yaml"  # ends the name of a file with real reports
FOLDS = 5


def main() -> int:
    options = _checked(_options())
    settings = Settings(epochs=options.epochs)
    # Millions of features are made and kept: to look for unused ones takes a quarter of the time, and finds none.
    gc.disable()
    try:
        if options.command == "train":
            train(load_examples(options.corpus, options.every), settings, options.model)
            return 0
        return _evaluate(options, settings)
    except (MalformedLabelError, ObminError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _evaluate(options: argparse.Namespace, settings: Settings) -> int:
    examples = load_examples(options.corpus, options.every)
    validation = cross_validate(examples, settings, options.folds, options.shares)
    found, outcomes, by_fold = validation.found, validation.outcomes, validation.fitted
    if by_fold is None:
        print_progress("too few figures to calibrate by, and so to judge what is stated: take more texts")
        return int(options.calibrate)
    fitted = calibration.fit(outcomes, by_fold.chances)
    if options.calibrate:
        save(fitted, CALIBRATION)
        load_calibration.cache_clear()
    sealed = seen_by(read_model(options.model), load_examples(SEALED, options.every))
    shipped = load_calibration()
    readings = {
        f"cross-validation, {options.folds} folds by event: all that is read": readings_of(
            found, fitted.without_thresholds()
        ),
        "cross-validation: what is stated": stated_readings(validation, by_fold),
    }
    for texts, is_real in (("sealed texts", False), ("real reports", True)):
        if own := [pair for pair in sealed if (REAL in pair[0].text.place) == is_real]:
            read = readings_of(own, shipped.without_thresholds())
            readings[f"{texts}, by the model that is shipped: all that is read"] = read
            readings[f"{texts}: what is stated"] = readings_of(own, shipped)
    tables = Tables(
        readings,
        calibration.reliability(by_fold.chances, [one.is_right for one in outcomes]),
        calibration.coverage(outcomes, by_fold.chances),
        validation.curve,
    )
    print_tables(tables, as_json=options.json)
    return 0


def _checked(options: argparse.Namespace) -> argparse.Namespace:
    for name, least in (("every", 1), ("epochs", 1), ("folds", 2)):
        if getattr(options, name) < least:
            sys.exit(f"--{name} is at least {least}, not {getattr(options, name)}")
    if wrong := [share for share in options.shares if not 0 < share <= 1]:
        sys.exit(f"--shares are more than 0 and at most 1, not {wrong[0]:g}")
    if not labelled_files(options.corpus):
        sys.exit(f"{options.corpus} is no folder with labelled texts (*.yaml)")
    return options


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scrapers.extraction.training", description=__doc__)
    parser.add_argument("command", choices=["train", "evaluate"])
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="a folder of labelled texts")
    parser.add_argument("--model", type=Path, default=MODEL, help="the model to write, or to judge")
    parser.add_argument("--folds", type=int, default=FOLDS)
    parser.add_argument("--epochs", type=int, default=Settings().epochs)
    parser.add_argument(
        "--shares", type=float, nargs="*", default=[0.25, 0.5], help="of the texts, for the learning curve"
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth text only: a quick try")
    parser.add_argument("--calibrate", action="store_true", help="write calibration.npz by what was found")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()
