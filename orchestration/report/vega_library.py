"""The script that makes charts interactive: Vega, Vega-Lite and Vega-Embed in one file, as vl-convert brings them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

# Beside the other assets, but made at setup and in no version control: vl-convert brings it with its own versions.
FOLDER = Path(__file__).parent / "assets"


def library_name() -> str:
    """The script's file name; it holds the versions, so that a browser may keep the file."""
    import vl_convert

    return f"vega-{vl_convert.get_vega_version()}-embed-{vl_convert.get_vega_embed_version()}.js"


def library() -> bytes:
    """The script, which sets ``window.vegaEmbed``. Bundling it takes two seconds of CPU, once per installation."""
    import vl_convert

    stored = FOLDER / library_name()
    if stored.is_file():
        return stored.read_bytes()
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").encode()
    fresh = stored.with_suffix(".new")
    with suppress(OSError):  # an installation that this user can't write to
        fresh.write_bytes(script)
        fresh.replace(stored)
    return script
