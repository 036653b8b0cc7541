"""The command `obmin mine`. The work is in scrapers/mining."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from orchestration.cli.output import finish, json_option, look_at
from orchestration.settings import Settings

# Named at the end for each run; --json and the Parquet files have all.
MOST_NAMED = 20


@click.command()
@click.argument("warcs", nargs=-1, required=True, metavar="WARC...")
@click.option(
    "--out", "folder", required=True, metavar="DIR", type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the Parquet files; it is made if there is none.",
)  # fmt: skip
@click.option(
    "--engine", type=click.Choice(["local", "ray"]),
    help="Where: processes of this machine, or Ray's. Ray if OBMIN_RAY is set, else local.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(1, 1024), help="Processes on this machine. As many as it has processors."
)
@json_option
@click.pass_obj
def mine(
    settings: Settings, warcs: tuple[str, ...], folder: Path, engine: Any, workers: int | None, as_json: bool
) -> None:
    """Extract from web archives: each WARC, a file or a folder, also s3://, becomes a Parquet file of the texts that
    may tell of an exchange.

    A file that was mined before is not mined again. Ends with status 1 when a file was damaged or left out.
    """
    from orchestration.cli.work_progress import working
    from orchestration.output.output_file import check_folder
    from scrapers.mining.libraries import check_installed

    chosen = engine or settings.mining_engine
    check_installed(chosen)
    check_folder(folder, settings.data)

    from scrapers.mining.engines import mine_by

    with working("mining", "WARC files") as show:
        report = mine_by(chosen, warcs, folder, settings.ray_address, workers, show)
    sums, skipped = report.sums(), [s for file in report.files for s in file.counts["skipped"]]
    if not as_json:
        look_at([f"{s['url']}: {s['outcome']}. It {s['reason'].removeprefix('it ')}." for s in skipped[:MOST_NAMED]])
        if len(skipped) > MOST_NAMED:
            look_at([f"{len(skipped) - MOST_NAMED:,} more pages were left out; --json names them all."])
    sentences = [
        f"{report.mined:,} WARC files mined, {report.done_before:,} were done before: {folder}",
        f"{sums['records']:,} records, {sums['pages']:,} pages, {sums['passed']:,} passed the filter,",
        f"{sums['texts']:,} texts, {sums['statements']:,} statements",
        *(f"  {count:>12,}  {outcome}" for outcome, count in report.outcomes().items()),
    ]
    if report.other_files:
        sentences.append(f"{report.other_files:,} other files of the folders are not named *.warc or *.warc.gz")
    finish(sentences, report.as_plain(), [*report.failures, *report.damaged()], as_json)
