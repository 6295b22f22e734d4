# Each target for people has a line of help after `##`, which `make help` shows. The parts they need, such as environments and
# the page, are in infra/make/parts.mk; the legs of `make test` are in infra/make/test.mk.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run stack setup check test unit fmt bench load pictures lock wheel clean
# Empty counts as unset, and Python stores bytecode. Many container images set it, and then every
# process compiles all that it imports: 6.9 CPU s instead of 2.7 for `playhead web`.
export PYTHONDONTWRITEBYTECODE :=
include infra/make/parts.mk infra/make/test.mk

help: ## Show the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: setup page ## Run everything on this machine: http://127.0.0.1:8000 (PORT, DATA_DIR, REDIS_URL, DATABASE_URL are honoured)
	@exec $(BIN)/python -m playhead up

stack: setup page unleash $(VENV)/.postgres ## The same beside a flag server, on PostgreSQL, with Prometheus where it is installed: to try a rollout and alerts
	@exec $(BIN)/python -m infra.stack

setup: $(VENV)/.run ## Make .venv with Playhead and its dependencies
	@$(BIN)/python -m compileall -q src/playhead

check: ## Fast: format, lint, types, import rules, unit tests
	@$(MAKE) --no-print-directory --keep-going --jobs 3 static unit-first unit-rest

# One thread for a speech engine: several legs run one, and more threads would spin while they wait for each other.
test: export OMP_NUM_THREADS := 1
test: ## Everything, as CI does: lint, types, pytest with coverage, each supported Python, Vitest, real browsers
	@rm -rf .cache/legs
	@outcome=0; $(MAKE) --no-print-directory --keep-going --jobs 4 \
		$(if $(filter output-sync,$(.FEATURES)),--output-sync) everything || outcome=$$?; \
	"$(PYTHON)" infra/setup/leg.py; \
	if [ $$outcome = 0 ]; then echo "All legs passed."; fi; exit $$outcome

unit: ## Only the unit tests
	@$(MAKE) --no-print-directory --keep-going --jobs 2 unit-first unit-rest

fmt: dev ## Format, and fix what can be fixed automatically
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

# One core for the server, another for the load. ONLY=fanout,idle or PEERS=playhead,nchan for some, FAST=1 for the short ones.
bench: setup page unleash chromium $(VENV)/.postgres .cache/bench/.done ## Measure against other servers, with a table: infra/load/README.md (ONLY=, PEERS=, FAST=1, REPEAT=3, KEEP=1)
	@$(BIN)/python -m infra.load $(ONLY:%=--only %) $(PEERS:%=--peers %) $(FAST:%=--fast) $(REPEAT:%=--repeat %) $(KEEP:%=--keep)

# Against a site that runs already: URL=https://… ACCOUNTS=file, with an API token on each line.
load: setup $(VENV)/.postgres .cache/load/.done ## Let simulated people use a site, and judge it by fixed goals: infra/load/README.md (SCENARIO=, VIEWERS=, FOR=, URL=, KEEP=1)
	@$(BIN)/python -m infra.load.people $(SCENARIO) $(VIEWERS:%=--viewers %) $(FOR:%=--seconds %) $(URL:%=--url %) \
		$(ACCOUNTS:%=--accounts %) $(THROUGH:%=--through %) $(DATABASE:%=--database %) $(SLACK:%=--slack %) $(UI:%=--ui %) $(KEEP:%=--keep)

pictures: setup page chromium ## Take the pictures of the README again, of a running Playhead
	@$(BIN)/python -m infra.pictures

lock: ## Pin the dependencies again (LOCK=--upgrade: the newest that fit)
	@bash infra/setup/lock.sh "$(PYTHON)" $(LOCK)

wheel: setup page ## Build dist/*.whl, which contains the page
	$(BIN)/hatchling build -t wheel

clean: ## Remove everything that make created; data and logs stay
	rm -rf $(VENV) $(PYTHONS:%=.venv-%) .cache dist src/playhead/page $(UNLEASH) $(SPECIFICATION) .coverage .coverage.* htmlcov
	rm -rf src/web/node_modules src/web/coverage src/web/packages/*/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests infra -name __pycache__ -prune -exec rm -rf {} +
