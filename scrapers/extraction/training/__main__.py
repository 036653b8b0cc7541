"""`python -m scrapers.extraction.training`: `train` on the corpus, or `evaluate`; `make train`, `make evaluate`.

Evaluation is of texts that took no part: cross-validation by event, so that no exchange is in a text that was learned
from and in one that is judged, and a sealed part that no choice was made by.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scrapers.extraction.confidence import CALIBRATION
from scrapers.extraction.decoding import Decoded, Decoder
from scrapers.extraction.model import MODEL, Beliefs, Model, read_model
from scrapers.extraction.training import calibration
from scrapers.extraction.training.evaluation import Report, judge
from scrapers.extraction.training.examples import Example, example, fold_of
from scrapers.extraction.training.labelled_texts import MalformedLabelError, load_texts
from scrapers.extraction.training.model_file import write
from scrapers.extraction.training.network import Settings, Vocabularies, encode, fit, predict, vocabularies

CORPUS = Path(__file__).parents[1] / "corpus"
SEALED = Path(__file__).parents[1] / "sealed"
FOLDS = 5
Pairs = Sequence[tuple[Example, Decoded]]


def main() -> int:
    options = _options()
    try:
        examples = _examples(options.corpus, options.every)
        settings = Settings(epochs=options.epochs)
        if options.command == "train":
            train(examples, settings, options.model)
            return 0
        found = cross_validate(examples, settings, options.folds)
        outcomes = calibration.outcomes(found, [fold_of(one.text, options.folds) for one, _ in found])
        enough = calibration.is_enough(outcomes)
        if options.calibrate and not enough:
            _say("too few figures to calibrate by: take more texts")
            return 1
        if options.calibrate:
            CALIBRATION.write_text(json.dumps(calibration.fit(outcomes), indent=1) + "\n", "utf-8")
        sealed = _read_by(read_model(options.model), _examples(SEALED, options.every))
    except (MalformedLabelError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    chances = calibration.cross_fitted(outcomes).tolist() if enough else []
    table = calibration.reliability(chances, [one.is_right for one in outcomes][: len(chances)])
    if options.json:
        told = {"cross_validation": _by_language(found), "sealed": _by_language(sealed), "reliability": table}
        print(json.dumps(told, indent=1, default=_figures))
        return 0
    _print(f"cross-validation, {options.folds} folds by event", found)
    _print("sealed texts, by the model that is shipped", sealed)
    print("confidence: figures, predicted right, right")
    for row in table:
        print(f"  {row.least:.2f}-{row.most:.2f}{row.figures:>9}{row.predicted:>9.1%}{row.right:>9.1%}")
    return 0


def _examples(folder: Path, every: int) -> list[Example]:
    examples = [example(text) for text in load_texts(sorted(folder.glob("*.yaml")))[::every]]
    _say(f"{folder.name}: {len(examples)} labelled texts")
    return examples


def train(examples: Sequence[Example], settings: Settings, path: Path) -> None:
    """Learn from all examples and write the model."""
    begun = time.monotonic()
    known = vocabularies(examples, settings.least_often)
    parameters = fit([encode(one, known) for one in examples], known, settings)
    write(path, parameters, known, {"layers": settings.layers, "texts": len(examples)})
    _say(f"trained in {time.monotonic() - begun:.0f} s: {path.name}, {path.stat().st_size / 1e6:.1f} MB")


def _read_by(model: Model, examples: Sequence[Example]) -> list[tuple[Example, Decoded]]:
    return [
        (one, Decoder(one.document, model.beliefs(one.places), model.measures, model.roles).decoded())
        for one in examples
    ]


def cross_validate(examples: Sequence[Example], settings: Settings, folds: int) -> list[tuple[Example, Decoded]]:
    """Each text as a model reads it that learned from the other folds."""
    found: list[tuple[Example, Decoded]] = []
    for fold in range(folds):
        begun = time.monotonic()
        learned = [one for one in examples if fold_of(one.text, folds) != fold]
        judged = [one for one in examples if fold_of(one.text, folds) == fold]
        known = vocabularies(learned, settings.least_often)
        parameters = fit([encode(one, known) for one in learned], known, settings)
        readings = predict(parameters, [encode(one, known) for one in judged])
        found += [
            (one, decoded(one, Beliefs(*beliefs), known)) for one, beliefs in zip(judged, readings, strict=True)
        ]
        _say(
            f"fold {fold + 1} of {folds}: {len(judged)} texts read by what {len(learned)} taught, "
            f"{time.monotonic() - begun:.0f} s"
        )
    return found


def decoded(one: Example, beliefs: Beliefs, known: Vocabularies) -> Decoded:
    return Decoder(one.document, beliefs, known.measures, known.roles).decoded()


def _by_language(found: Pairs) -> dict[str, Report]:
    groups = {"all": found} | {
        language: [pair for pair in found if pair[0].text.language == language] for language in ("uk", "ru", "en")
    }
    return {name: judge(pairs) for name, pairs in groups.items() if pairs}


def _print(title: str, found: Pairs) -> None:
    print(title)
    reports = _by_language(found)
    for name, report in reports.items():
        print(
            f"  {name}: {report.texts} texts, kind right {report.kinds_right:.1%}, "
            f"false exchanges {report.false_exchanges} of {report.traps} traps, "
            f"missed {report.missed_exchanges} of {report.texts - report.traps}"
        )
    print(f"  {'field':34}{'expected':>9}{'recall':>9}{'precision':>11}")
    for field, score in sorted(reports["all"].fields.items(), key=lambda pair: -pair[1].expected):
        print(f"  {field:34}{score.expected:>9}{score.recall:>9.1%}{score.precision:>11.1%}")


def _figures(report: Report) -> dict[str, Any]:
    return {
        "texts": report.texts, "kinds_right": report.kinds_right, "traps": report.traps,
        "false_exchanges": report.false_exchanges, "missed_exchanges": report.missed_exchanges,
        "fields": {
            field: {"expected": s.expected, "recall": s.recall, "precision": s.precision}
            for field, s in report.fields.items()
        },
    }  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scrapers.extraction.training", description=__doc__)
    parser.add_argument("command", choices=["train", "evaluate"])
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="a folder of labelled texts")
    parser.add_argument("--model", type=Path, default=MODEL, help="the model to write, or to judge")
    parser.add_argument("--folds", type=int, default=FOLDS)
    parser.add_argument("--epochs", type=int, default=Settings().epochs)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth text only: a quick try")
    parser.add_argument("--calibrate", action="store_true", help="write calibration.json by what was found")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
