# `make run` and `make test` set everything up by themselves; nothing is installed outside this folder.
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .venv-uv/bin/uv)
OBMIN := .venv/bin/obmin

BENCHES := bench-fetch bench-reparse bench-warehouse bench-operate bench-reader bench-kills bench-live bench-archive-growth
.PHONY: help setup setup-dev run live ui docs test test-zones lint evaluate train $(BENCHES) bench-small train-small pictures clean

help:           ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 16

.venv-uv/bin/uv:
	@$(PYTHON) -m venv .venv-uv
	@.venv-uv/bin/python -m pip install --quiet --disable-pip-version-check uv

# A Python that uv fetches, where the machine's own won't do, stays in this folder too: a service may not read root's.
SYNC = UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_INSTALL_DIR=.venv-uv/python $(UV) sync --frozen --quiet
# What each start would do otherwise, and could not keep where a service may only read.
PREPARE = .venv/bin/python -m compileall -q orchestration scrapers && $(OBMIN) prepare

setup: $(filter .venv-uv/bin/uv,$(UV))   ## what running needs, at .venv, from the lock file
	@$(SYNC) --no-dev --inexact
	@$(PREPARE)

setup-dev: $(filter .venv-uv/bin/uv,$(UV))   ## the same with what tests and benches need
	@$(SYNC)
	@$(PREPARE)

run: setup      ## the refresh job on the sample archive, and its answer
	@$(OBMIN) --profile sample run

live: setup     ## the same job against the live sites
	@$(OBMIN) --profile live run

ui: setup       ## Dagster on 127.0.0.1:3000
	@$(OBMIN) ui

docs: run      ## dbt's documentation of every table as a static site, at site/
	@$(OBMIN) docs site

lint: setup-dev     ## ruff, mypy, import rules, sqlfluff
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint-types lint-python lint-sql

.PHONY: lint-types lint-python lint-sql
lint-types:
	@.venv/bin/mypy
lint-python:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/lint-imports
lint-sql:
	@.venv/bin/sqlfluff lint -n dbt_project

# Three workers for two cores: a quarter of the tests' time is waiting.
test: lint      ## lint, then all tests
	@.venv/bin/pytest -n 3 --dist worksteal

# CI runs those that dates and times pass through, from a page to an answer.
ZONE_TESTS ?= tests/end_to_end
test-zones: setup-dev  ## the end-to-end tests again, far east of UTC
	@TZ=Pacific/Auckland .venv/bin/pytest -n 3 --dist worksteal $(ZONE_TESTS)

evaluate: setup-dev  ## how right the extractor is on labelled texts that it did not learn from: half an hour
	@.venv/bin/python -m scrapers.extraction.training evaluate $(TRAINING)

train: setup-dev  ## the extractor's model anew, from all labelled texts
	@.venv/bin/python -m scrapers.extraction.training train $(TRAINING)

bench-fetch: setup-dev  ## pages a second from a slow site, beside Scrapy's
	@.venv/bin/python -m tests.bench.fetch

bench-reparse: setup-dev  ## 100,000 archived posts read anew on one core: posts a second and memory
	@.venv/bin/python -m tests.bench.reparse

bench-warehouse: setup-dev  ## one more announcement at 1,000,000 beside 10,000; loading beside dlt; twelve questions
	@.venv/bin/python -m tests.bench.warehouse

bench-operate: setup-dev  ## what a refresh costs beside the naive way; how long after a post its alert arrives
	@.venv/bin/python -m tests.bench.operate

bench-reader: setup-dev  ## the extractor's speed beside BeautifulSoup's
	@.venv/bin/python -m tests.bench.reader

bench-kills: setup-dev  ## kill -9 at random moments: recoveries, alerts lost or doubled, facts beside an undisturbed run
	@.venv/bin/python -m tests.bench.kills

bench-live: setup-dev  ## every source, ten of them broken: seconds until the others are published, memory
	@.venv/bin/python -m tests.bench.live

bench-archive-growth: setup-dev  ## how fast the archive grows: MB a channel or site and year, by kind of record
	@.venv/bin/python -m tests.bench.archive_growth

bench-small:  ## every bench and the training at a small size, two at a time: that it runs, not what it measures
	@BENCH_SIZE=small $(MAKE) --no-print-directory --jobs 2 --output-sync=target $(BENCHES) train-small

# A model of few texts, for CI: that it runs, not what it measures.
train-small:
	@folder=$$(mktemp -d) && trap 'rm -r "$$folder"' EXIT && \
	$(MAKE) --no-print-directory train evaluate \
	    TRAINING="--every 40 --epochs 1 --folds 2 --shares 0.5 --model $$folder/model.npz" > /dev/null

pictures: setup-dev  ## docs/pictures anew, from Dagster's pages in Chromium
	@OBMIN_PICTURES=docs/pictures .venv/bin/pytest tests/end_to_end/test_ui.py

# data/live stays: its archive of pages can't be fetched again.
clean:          ## remove what was made here, the environment too; data/live stays
	@rm -rf .venv .venv-uv data/sample site dbt_project/target
