"""The attack table as figures: attacks, and those held off, by kind. `python -m tests.faults [part of a name]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.faults.batch import failures_of, packed
from tests.faults.table import ATTACKS


def main(wanted: str = "") -> int:
    kinds = {attack.name: kind for kind, attacks in ATTACKS.items() for attack in attacks if wanted in attack.name}
    chosen = [attack for attacks in ATTACKS.values() for attack in attacks if attack.name in kinds]
    held: Counter[str] = Counter()
    broken = []
    batches = packed(chosen)
    for number, batch in enumerate(batches, start=1):
        print(f"batch {number} of {len(batches)}: {batch.name}", file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            for name, sentences in failures_of(batch, Path(folder)).items():
                broken += [f"{name}: {sentence}" for sentence in sentences]
                if name in kinds:
                    held[kinds[name]] += not sentences
    for sentence in broken:
        print(sentence)
    print(f"{'kind':<12} {'attacks':>7} {'held':>5}")
    for kind, number in Counter(kinds.values()).items():
        print(f"{kind:<12} {number:>7} {held[kind]:>5}")
    print(f"{'all':<12} {len(kinds):>7} {held.total():>5}")
    return 1 if broken else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser("python -m tests.faults", description=__doc__)
    options.add_argument("word", nargs="?", default="", help="only attacks whose name holds it")
    sys.exit(main(options.parse_args().word))
