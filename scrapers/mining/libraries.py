"""Which library of an extra each engine of mining needs, and a sentence when it is not installed.

Nothing here imports one of them: what does is engines.py.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal

from scrapers.errors import ObminError

EngineName = Literal["local", "ray"]
# Of each engine: its extra, and the library to look for.
LIBRARIES: dict[EngineName, tuple[str, str]] = {"local": ("mining", "fastwarc"), "ray": ("ray", "ray")}


class MissingLibrary(ObminError):
    """A library of an extra is not installed."""


def check_installed(engine: EngineName) -> None:
    """Raises MissingLibrary, which says what to install."""
    for _, library in (LIBRARIES["local"], LIBRARIES[engine]):
        if find_spec(library) is None:
            needed = LIBRARIES[engine][0]
            raise MissingLibrary(
                f"`obmin mine` needs {library}, which is not installed: run "
                f"`.venv-uv/bin/uv sync --inexact --no-dev --extra {needed}` in the checkout, or "
                f"`pip install 'obmin[{needed}]'` elsewhere."
            )
