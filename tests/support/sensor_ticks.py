"""One tick of a sensor, evaluated as the daemon evaluates it.

The daemon itself is started by running_deployment.py.
"""

from __future__ import annotations

from typing import Any

import dagster as dg

from orchestration.defs.all_definitions import build_defs
from orchestration.settings import Settings


def tick(settings: Settings, name: str, instance: dg.DagsterInstance, cursor: str | None = None) -> Any:
    """The result of a sensor's next tick."""
    (sensor,) = [one for one in build_defs(settings).sensors or [] if one.name == name]
    assert isinstance(sensor, dg.SensorDefinition)
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    return sensor.evaluate_tick(context)
