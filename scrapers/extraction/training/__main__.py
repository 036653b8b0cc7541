"""`python -m scrapers.extraction.training` runs commands.py, or says what has to be installed for it."""

from __future__ import annotations

import sys
from importlib.util import find_spec

NEEDED = ("jax", "sklearn")


def main() -> int:
    """Run the command line; 1 where a library is missing."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        print(
            f"Training needs {' and '.join(missing)}, which are not installed: run `make setup-dev`.", file=sys.stderr
        )
        return 1
    from scrapers.extraction.training.commands import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
