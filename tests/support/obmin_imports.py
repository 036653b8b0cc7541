"""What a refresh imports, for the process from which obmin_process.py forks; nothing else imports this."""
# ruff: noqa: E402, F401

from orchestration.defs.process import keep_what_is_loaded, prepare_process
from orchestration.warehouse.dbt_start import compile_serializers_late

prepare_process()
compile_serializers_late()

import alembic.command
import dagster._core.storage.event_log
import dagster._core.storage.legacy_storage
import dagster._core.storage.local_compute_log_manager
import dagster._core.storage.runs
import dagster._core.storage.schedules
import dagster._daemon.types
import dbt.adapters.duckdb
import dbt.cli.main
import dbt.task.build
import feedgen.feed
import pyarrow.dataset
import pygal
import sqlalchemy.dialects.sqlite
import sqlparse

import orchestration.alerts.delivery
import orchestration.cli.main
import orchestration.defs.after_run
import orchestration.defs.all_definitions
import orchestration.defs.event_log
import orchestration.queries.answers
import scrapers.extraction.model
import scrapers.sources.telegram

keep_what_is_loaded()
