"""The command `obmin browse`: Datasette on a copy of the published data. What it shows is in queries/browser.py."""

from __future__ import annotations

import socket
from importlib import import_module
from importlib.util import find_spec

import click

from orchestration.settings import Settings

HOST = "127.0.0.1"
# Of one query, in milliseconds: a sum over every statement of a live deployment takes seconds in SQLite.
LONGEST_QUERY = 10_000


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0 takes a free one.")
@click.pass_obj
def browse(settings: Settings, port: int) -> None:
    """Browse the data in a web browser: tables, facets, twenty questions, SQL. Nothing can be written.

    Datasette serves a copy of the published data on 127.0.0.1, as it was when the command was started.
    """
    from orchestration.cli.ports import check_port
    from orchestration.defs.stopping import serves
    from orchestration.queries.browser import browsable_data

    if find_spec("datasette") is None:
        raise click.ClickException(
            "`obmin browse` needs Datasette, which is not installed: run "
            "`.venv-uv/bin/uv sync --inexact --no-dev --extra browse` in the checkout, or"
            ' `pip install "datasette>=0.65"` where Obmin is installed.'
        )
    serves()
    check_port(HOST, port)
    data = browsable_data(settings)

    import uvicorn
    from datasette.app import Datasette
    from datasette.plugins import pm
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from orchestration.defs.ui_guard import LOOPBACK
    from orchestration.queries import browser_limits

    if not pm.is_registered(browser_limits):
        pm.register(browser_limits)
    # With rich, Datasette prints hundreds of lines for each query that it refuses; the page says what is wrong.
    # Its modules need datasette.app to be imported first.
    vars(import_module("datasette.handle_exception"))["rich"] = None
    # Immutable: SQLite opens the file read-only and takes no locks.
    server = Datasette(
        immutables=[str(data.file)], metadata=data.metadata, settings={"sql_time_limit_ms": LONGEST_QUERY}
    )
    # As in ui_guard.py: a page of another site could else read the data by a name that resolves to this machine.
    guarded = TrustedHostMiddleware(server.app(), list(LOOPBACK), www_redirect=False)
    # It listens before it is announced, so that a program that reads the address can ask at once.
    with socket.create_server((HOST, port)) as listening:
        click.echo(f"The data on http://{HOST}:{listening.getsockname()[1]}/obmin; stop with Ctrl-C.", err=True)
        uvicorn.Server(uvicorn.Config(guarded, log_level="warning")).run([listening])
