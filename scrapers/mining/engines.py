"""Mining by the engine that is chosen: what the command and the Dagster asset call.

The engines are in local_workers.py and ray_workers.py. Call libraries.check_installed before importing this.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from scrapers.mining.libraries import EngineName
from scrapers.mining.local_workers import mine_locally
from scrapers.mining.ray_workers import mine_on_ray
from scrapers.mining.run import MiningReport, mine_archives


def mine_by(
    engine: EngineName,
    places: Iterable[str],
    folder: Path,
    ray_address: str | None,
    workers: int | None,
    show: Callable[[int, int], None],
) -> MiningReport:
    """As mine_archives. ``workers``: processes on this machine; None for as many as it has processors.

    Raises what that does, and NoWorkers or NoCluster.
    """
    processors = workers or os.cpu_count() or 1
    if engine == "ray":
        return mine_archives(
            places, folder, lambda files, where: mine_on_ray(files, where, ray_address, processors), show
        )
    return mine_archives(places, folder, lambda files, where: mine_locally(files, where, processors), show)
