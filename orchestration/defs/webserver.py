"""Dagster's webserver and its `dev`, behind ui_guard.py: `python -m orchestration.defs.webserver webserver|dev …`.

They take Dagster's own options. cli/service.py starts them after checking the settings. Dagster has no hook for
wrapping its app, so ours replaces a function in its module; a test checks that this still works.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any

import click

from orchestration.defs.process import prepare_process


def webserver(arguments: list[str]) -> None:
    """Dagster's webserver, guarded. Its command looks up by name, in its module, the function that makes the app."""
    from orchestration.defs.ui_guard import guarded, hosts_of_operator

    cli: Any = importlib.import_module("dagster_webserver.cli")
    make_app = cli.create_app_from_workspace_process_context
    served_on = arguments[arguments.index("--host") + 1]

    def make_guarded_app(*positional: Any, **named: Any) -> Any:
        return guarded(make_app(*positional, **named), served_on, hosts_of_operator(os.environ))

    cli.create_app_from_workspace_process_context = make_guarded_app
    cli.cli(arguments, prog_name="dagster-webserver", auto_envvar_prefix="DAGSTER_WEBSERVER", standalone_mode=False)


def dev(arguments: list[str]) -> None:
    """Webserver, daemon and code server in one, with our webserver in place of Dagster's.

    Raises RuntimeError when it would start an unguarded one: Dagster has changed.
    """
    of_dagster: Any = importlib.import_module("dagster._cli.dev")
    open_process = of_dagster.open_ipc_subprocess
    ours = [sys.executable, "-m", "orchestration.defs.webserver", "webserver"]
    theirs = [sys.executable, "-m", "dagster_webserver"]

    def open_guarded(parts: list[str], **options: Any) -> Any:
        if parts[:3] == theirs:
            return open_process([*ours, *parts[3:]], **options)
        if any("webserver" in part for part in parts[:3]):
            raise RuntimeError("Dagster starts its webserver in a way that Obmin does not know: unguarded.")
        return open_process(parts, **options)

    of_dagster.open_ipc_subprocess = open_guarded
    of_dagster.dev_command(
        arguments, prog_name="dagster dev", auto_envvar_prefix="DAGSTER_CLI", standalone_mode=False
    )


def main(name: str, arguments: list[str]) -> None:
    """Run one of the two until a signal ends it. A signal during startup ends it too: status 0, no traceback."""
    prepare_process()
    # Dagster sets its own handlers only after seconds of imports.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        {"webserver": webserver, "dev": dev}[name](arguments)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BaseException as error:
        from orchestration.defs.stopping import is_interrupt

        if not is_interrupt(error):
            raise
        click.echo("Stopped while it was starting.", err=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
