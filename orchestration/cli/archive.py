"""The commands that check the archive. The work is in warehouse/archive_check.py.

The commands that reread the archive (`reparse`, `replay`) are in pages.py.
"""

from __future__ import annotations

from dataclasses import asdict

import click

from orchestration.cli.output import finish, json_option, look_at
from orchestration.settings import Settings


@click.group()
def archive() -> None:
    """Check the archive of pages."""


@archive.command()
@json_option
@click.pass_obj
def verify(settings: Settings, as_json: bool) -> None:
    """Read every record of the archive and name what is damaged or missing; nothing is changed.

    Ends with status 1 when there is anything to look at.
    """
    from orchestration.cli.work_progress import working
    from orchestration.warehouse.archive_check import verify_archive
    from orchestration.warehouse.database import Warehouse

    with working("verifying the archive", "bytes") as show:
        report = verify_archive(Warehouse(settings), show)
    look_at(report.notes)
    finish(
        [
            *(
                f"{f.file}: {f.records:,} whole records in {f.bytes:,} bytes, {len(f.damaged)} damaged parts"
                for f in report.files
            ),
            f"{report.records:,} whole records, {report.damaged} damaged parts, {report.missing} pages missing",
        ],
        asdict(report),
        report.failures,
        as_json,
    )
