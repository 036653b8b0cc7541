"""Everything that imports Dagster: assets, checks, jobs, schedules, sensors, the instance and the run launcher."""
