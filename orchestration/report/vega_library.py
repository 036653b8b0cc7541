"""The script that makes charts interactive: Vega, Vega-Lite and Vega-Embed in one file, as vl-convert brings them."""

from __future__ import annotations

from pathlib import Path


def library_path() -> str:
    """The script's path within the site; it names the versions, so that a browser may keep it."""
    import vl_convert

    return f"assets/vega-{vl_convert.get_vega_version()}-embed-{vl_convert.get_vega_embed_version()}.js"


def write_library(path: Path) -> None:
    """Write the script, which sets ``window.vegaEmbed``: two seconds of CPU, so callers copy it where they can."""
    import vl_convert

    path.write_text(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"), "utf-8")
