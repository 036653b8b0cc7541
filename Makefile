# `make run` and `make test` install what they need in this folder; uv keeps its downloads in ~/.cache/uv.
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .venv-uv/bin/uv)
OBMIN := .venv/bin/obmin

# The slowest first: bench-small runs three at a time on two cores, as a third of their time is waiting.
BENCHES := bench-operate bench-kills bench-archive-growth bench-warehouse bench-live bench-mine bench-lake bench-reparse bench-fetch bench-reader
.PHONY: help setup setup-dev run live ui docs test test-zones lint evaluate train $(BENCHES) bench-small train-small tables-page pictures clean

help:           ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 16

.venv-uv/bin/uv:
	@$(PYTHON) -m venv .venv-uv
	@.venv-uv/bin/python -m pip install --quiet --disable-pip-version-check uv

# If uv has to download a Python, it stays in this folder too: a service can't read one in root's home.
SYNC = UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_INSTALL_DIR=.venv-uv/python $(UV) sync --frozen --quiet
# Otherwise each start would do this again: a service can't store the results in a folder that it may only read.
PREPARE = .venv/bin/python -m compileall -q orchestration scrapers && $(OBMIN) prepare

setup: $(filter .venv-uv/bin/uv,$(UV))   ## install what running needs into .venv, from the lock file
	@$(SYNC) --no-dev --inexact
	@$(PREPARE)

setup-dev: $(filter .venv-uv/bin/uv,$(UV))   ## the same, with what tests and benchmarks need
	@$(SYNC)
	@$(PREPARE)

run: setup      ## run the refresh job on the sample archive, show the result
	@$(OBMIN) --profile sample run

live: setup     ## run the refresh job on the live sites
	@$(OBMIN) --profile live run

ui: setup       ## start Dagster on 127.0.0.1:3000
	@$(OBMIN) ui

docs: run      ## write dbt's documentation of every table as a static site, at site/
	@$(OBMIN) docs site

lint: setup-dev     ## run ruff, mypy, import-linter, lizard, sqlfluff
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint-types lint-python lint-sql

.PHONY: lint-types lint-python lint-sql
lint-types:
	@.venv/bin/mypy
lint-python:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/lint-imports
	@.venv/bin/lizard -l python -C 15 -w orchestration scrapers tests
lint-sql:
	@.venv/bin/sqlfluff lint -n dbt_project orchestration/report/sql

# Three workers for two cores: much of the tests' time is waiting, but each worker imports everything and starts servers
# of its own. Four took 6 % longer.
test: lint      ## run lint, then all tests
	@.venv/bin/pytest -n 3 --dist worksteal

# CI passes only the tests in which dates and times go from a page to an answer. Here DuckDB has two threads, as for
# users, and rows come in any order; in all other tests it has one (tests/conftest.py).
ZONE_TESTS ?= tests/end_to_end
test-zones: setup-dev  ## run the end-to-end tests again, far east of UTC
	@TZ=Pacific/Auckland SLURM_CPUS_ON_NODE=2 .venv/bin/pytest -n 2 --dist loadfile $(ZONE_TESTS)

evaluate: setup-dev  ## evaluate the extractor on labelled texts not used in training: half an hour
	@.venv/bin/python -m scrapers.extraction.training evaluate $(TRAINING)

train: setup-dev  ## train the extractor's model on all labelled texts
	@.venv/bin/python -m scrapers.extraction.training train $(TRAINING)

bench-fetch: setup-dev  ## pages a second from a slow site, compared with Scrapy
	@.venv/bin/python -m tests.bench.fetch

bench-reparse: setup-dev  ## reparse 100,000 archived posts on one core, posts a second and memory
	@.venv/bin/python -m tests.bench.reparse

bench-warehouse: setup-dev  ## one more announcement at 1,000,000, compared with 10,000; loading compared with dlt; twenty questions
	@.venv/bin/python -m tests.bench.warehouse

bench-operate: setup-dev  ## cost of a refresh, compared with a naive one; delay from a post to its alert
	@.venv/bin/python -m tests.bench.operate

bench-reader: setup-dev  ## speed of the extractor, compared with BeautifulSoup
	@.venv/bin/python -m tests.bench.reader

bench-kills: setup-dev  ## kill -9 at random times; recoveries, lost or duplicate alerts, facts compared with an undisturbed run
	@.venv/bin/python -m tests.bench.kills

bench-live: setup-dev  ## all sources, ten of them broken; seconds until the others are published, memory
	@.venv/bin/python -m tests.bench.live

bench-archive-growth: setup-dev  ## growth of the archive, MB per channel or site and year, by kind of record
	@.venv/bin/python -m tests.bench.archive_growth

bench-lake: setup-dev  ## publishing to a lake, compared with publishing here; pulling, restoring, tidying
	@.venv/bin/python -m tests.bench.lake

bench-mine: setup-dev  ## mine generated web archives: pages a processor second, local and Ray, two workers, memory, cost of 10^8 pages
	@.venv/bin/python -m tests.bench.mine

bench-small:  ## run every benchmark and the training at a small size, three at a time: a smoke test
	@BENCH_SIZE=small $(MAKE) --no-print-directory --jobs 3 --output-sync=target train-small $(BENCHES)

# A model of few texts, for CI: a smoke test, not a measurement. Nearly all of its time is compilation.
train-small: export JAX_DISABLE_MOST_OPTIMIZATIONS := 1
train-small:
	@folder=$$(mktemp -d) && trap 'rm -r "$$folder"' EXIT && \
	JAX_COMPILATION_CACHE_DIR="$$folder" JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0 $(MAKE) --no-print-directory train evaluate \
	    TRAINING="--every 200 --epochs 1 --folds 2 --shares 0.5 --model $$folder/model.npz" > /dev/null

tables-page: setup-dev  ## write the list of tables in docs/tables.md from their descriptions
	@.venv/bin/python -m orchestration.warehouse.tables_page

pictures: setup-dev  ## take the screenshots of Dagster and the report in docs/pictures again, in Chromium
	@OBMIN_PICTURES=docs/pictures .venv/bin/pytest tests/end_to_end/test_ui.py tests/end_to_end/test_report_pages.py

# data/live stays: its archive of pages can't be fetched again.
clean:          ## remove all generated files and .venv; data/live stays
	@rm -rf .venv .venv-uv data/sample site dbt_project/target
