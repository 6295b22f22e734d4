# Every verb for people has its line of help behind `##`; `make help` shows them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup dev page unleash specification run stack test check static unit everything python others site faults coverage other-environments nginx engines rollout browsers web fmt bench lock wheel clean

VENV := .venv
# The Pythons that are promised: the oldest and the newest. Between them Quart is another one (0.22 and 0.23).
PROMISED := 3.11 3.13
BIN := $(VENV)/bin
PYTHON ?= $(shell bash infra/setup/python.sh)
NPM := bash infra/setup/npm.sh $(VENV) src/web
PAGE := src/playhead/page/index.html
MODULES := src/web/node_modules/.package-lock.json
UNLEASH := infra/unleash/node_modules
SPECIFICATION := tests/unit/flags/specification/node_modules
WEB_SOURCES := $(shell find src/web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name '*.tsbuildinfo')
SOURCES := src tests infra
# What needs nothing but a Python is tried on each that is promised, and so is how it writes to readers that stall or leave.
# What needs real parts is tried once: the page in each browser and Unleash beside the Python of .venv, the speech engine, a
# site and what befalls it beside the newest.
BROWSERS := tests/e2e/browsers
ROLLOUT := tests/integration/flags tests/integration/test_stack.py
FAULTS := tests/integration/faults
READERS := $(addprefix $(FAULTS)/test_,reader_stalls.py reader_leaves.py)
SITE := tests/integration tests/e2e
ENGINE := $(addprefix tests/unit/transcription/test_,faster_whisper.py word_errors.py)
without = $(patsubst %,--ignore %,$(1))

help: ## Show the verbs
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: setup page ## Run everything on this machine: http://127.0.0.1:8000 (PORT, DATA_DIR, REDIS_URL, DATABASE_URL are honoured)
	@exec $(BIN)/python -m playhead up

stack: setup page unleash $(VENV)/.postgres ## The same beside a flag server, on PostgreSQL: to try a rollout (PORT, UNLEASH_PORT, DATA_DIR)
	@exec $(BIN)/python -m infra.stack

setup: $(VENV)/.run ## Make .venv with what Playhead stands on
dev: $(VENV)/.dev
page: $(PAGE) ## Build the page
unleash: $(UNLEASH)/.package-lock.json
specification: $(SPECIFICATION)/.package-lock.json

$(VENV)/.run: requirements.txt requirements-build.txt pyproject.toml
	@bash infra/setup/venv.sh $(VENV) "$(PYTHON)" run
	@touch $@
$(VENV)/.postgres: $(VENV)/.run requirements-postgres.txt
	@bash infra/setup/venv.sh $(VENV) "$(PYTHON)" postgres
	@touch $@
$(VENV)/.dev: $(VENV)/.postgres requirements-dev.txt
	@bash infra/setup/venv.sh $(VENV) "$(PYTHON)" dev
	@touch $@
# The newest Node that anything here wants; where several install at a time, before two could both take it out of its wheel.
NODE := $(VENV)/$(if $(filter everything,$(MAKECMDGOALS)),.node,.run)
$(VENV)/.node: $(VENV)/.run requirements-node.txt
	@bash infra/setup/node.sh $(VENV) infra/unleash >/dev/null
	@touch $@
$(MODULES): $(NODE) src/web/package-lock.json
	@$(NPM) ci
	@touch $@
# Beside the server, the Node that runs it: it wants a newer one than the page does.
$(UNLEASH)/.package-lock.json: $(NODE) infra/unleash/package-lock.json
	@bash infra/setup/npm.sh $(VENV) infra/unleash ci
	@ln -sf "$$(bash infra/setup/node.sh $(VENV) infra/unleash)/node" $(UNLEASH)/.bin/node
	@touch $@
$(SPECIFICATION)/.package-lock.json: $(NODE) tests/unit/flags/specification/package-lock.json
	@bash infra/setup/npm.sh $(VENV) tests/unit/flags/specification ci
	@touch $@
$(PAGE): $(MODULES) $(WEB_SOURCES)
	@$(NPM) run build
	@touch $@

# Four at a time, for two cores: tests wait for half of their time, and what installs waits for the network. What fails
# does not stop the others. Where this make can do it, each one's lines stay together, and come when it ends. A speech engine
# has one thread then: those of several would spin while they wait for each other.
test: export OMP_NUM_THREADS := 1
test: ## Everything, as CI does: lint, types, pytest with coverage, each promised Python, Vitest, real browsers
	@rm -f .coverage .coverage.*
	@$(MAKE) --no-print-directory --keep-going --jobs 4 $(if $(filter output-sync,$(.FEATURES)),--output-sync) everything
	@echo "All of it passed."
everything: other-environments engines browsers rollout coverage web static

check: static unit ## Fast: lint, types, import rules, unit tests

static: dev page
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) run typecheck
	$(NPM) run lint

unit: dev specification
	$(BIN)/python -m pytest -q tests/unit

EACH := $(filter-out $(SITE),$(patsubst %/,%,$(wildcard tests/[!_]*/))) $(READERS) $(call without,$(ENGINE))
python: dev page specification
	@bash infra/setup/suite.sh $(VENV) "$(COVERED)" $(EACH)

# The same on each promised Python that is here and is not the one of .venv. What is not here cannot be run, and is named.
MINE = $(shell python=$(BIN)/python; "$$([ -x $$python ] && echo $$python || echo "$(PYTHON)")" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
OTHERS = $(foreach version,$(filter-out $(MINE),$(PROMISED)),$(if $(shell bash infra/setup/python.sh $(version)),$(version)))
other-environments:
	@for version in $(filter-out $(MINE) $(OTHERS),$(PROMISED)); do \
		echo "There is no Python $$version on this machine: its run is left out."; \
	done
	@for version in $(OTHERS); do \
		$(MAKE) --no-print-directory VENV=.venv-$$version PYTHON="$$(bash infra/setup/python.sh $$version)" .venv-$$version/.dev; \
	done

others: page specification other-environments
	@for version in $(OTHERS); do \
		echo "== Python $$version, beside $(MINE)"; \
		bash infra/setup/suite.sh .venv-$$version "$(COVERED)" $(EACH); \
	done

# Coverage takes a quarter of the time with the tracer that 3.11 has, and next to none with 3.12's `sys.monitoring`.
COVERED = $(firstword $(patsubst %,.venv-%,$(filter $(lastword $(PROMISED)),$(OTHERS))) $(VENV))
site: dev page nginx other-environments
	@bash infra/setup/suite.sh $(COVERED) "$(COVERED)" $(SITE) $(ENGINE) $(call without,$(BROWSERS) $(ROLLOUT) $(FAULTS))
faults: dev page nginx other-environments
	@bash infra/setup/suite.sh $(COVERED) "$(COVERED)" $(FAULTS) $(call without,$(READERS))
coverage: site faults others python
	@$(COVERED)/bin/coverage combine --quiet
	@$(COVERED)/bin/coverage report

# The system's packages one after the other: there is one lock.
nginx:
	@bash infra/setup/nginx.sh >/dev/null
engines: dev nginx
	@bash infra/setup/browsers.sh $(VENV)

rollout: dev page engines unleash ## Only what takes a real Unleash
	$(BIN)/python -m pytest -q $(ROLLOUT)

browsers: dev page engines ## Only what real Chromium, Firefox and WebKit show
	$(BIN)/python -m pytest -q $(BROWSERS)

# Of the package, what `page` has built: beside others nothing is built anew.
web: page
	$(NPM) test -- --project page
	$(NPM) run coverage
	$(NPM) run check -w @playhead/session-status

fmt: dev ## Format, and put right what can be put right by itself
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

# One core for the server, another for the load: ONLY=fanout,idle or PEERS=playhead,nchan for some, FAST=1 for the short ones.
bench: setup page unleash $(VENV)/.postgres .cache/bench/.done ## Measure against other servers, with a table: infra/load/README.md (ONLY=, PEERS=, FAST=1, REPEAT=3)
	@$(BIN)/python -m infra.load $(ONLY:%=--only %) $(PEERS:%=--peers %) $(FAST:%=--fast) $(REPEAT:%=--repeat %)
.cache/bench/.done: requirements-bench.txt
	@mkdir -p .cache && "$(PYTHON)" -m venv --clear .cache/bench
	@.cache/bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@

lock: ## Pin the dependencies anew (LOCK=--upgrade: the newest that fit)
	@bash infra/setup/lock.sh "$(PYTHON)" $(LOCK)

wheel: setup page ## Build dist/*.whl, which carries the page
	$(BIN)/hatchling build -t wheel

clean: ## Remove what was made here; data and logs stay
	rm -rf $(VENV) $(PROMISED:%=.venv-%) .cache dist src/playhead/page src/web/node_modules src/web/coverage src/web/packages/*/node_modules $(UNLEASH) $(SPECIFICATION) .coverage .coverage.* htmlcov
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
