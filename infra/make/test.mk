# The legs of `make test`. Two cores run four at a time, because tests wait for half of their time, and installations wait
# for the network. Each leg is also a target: `make faults`.
#
#   .venv ──┬── npm's ────┬─ units          unit tests, with coverage
#           │   packages, ├─ site           real processes: Valkey, PostgreSQL, the web, workers, engines
#           │   the page  ├─ faults         faults of these processes and of the network
#           │             ├─ other-python   tests that may differ, on the other supported Python
#           │             ├─ web            Vitest, and the published packages
#           │             └─ static         format, lint, types, layers
#           └── Unleash, ───┬─ rollout      flags from a real Unleash
#               browsers,   ├─ browsers     Chromium, Firefox, WebKit
#               proxies,    ├─ manners      streams behind bad proxies, ours and Debian's
#               Prometheus  └─ alerts       a real Prometheus and Alertmanager, and people of a real Locust
#
# A leg that fails does not stop the others. If this make supports it, the output of a leg is printed together when it
# ends. A table at the end has the times of all legs.
.PHONY: everything static unit-first unit-rest units site faults other-python rollout browsers manners alerts web

# The oldest and the newest supported Python; their Quart differs (0.22 and 0.23).
PYTHONS := 3.11 3.13
SOURCES := src tests infra
LEG = @$(call leg,$@)
# A test that fails is run once more, at most three in a leg: two cores run four legs of real processes. Its traceback is
# printed, and the closing line counts it as "rerun": it is a fault to mend, but no reason to hold back everything else.
RERUN := --reruns 1 --max-suite-reruns 3 --rerun-show-tracebacks
PYTEST = $(LEG) $(BIN)/python -m pytest -q $(RERUN)

# The folders of the other legs. `site` runs the rest; it waits most.
FAULTS := tests/integration/faults
BROWSERS := tests/e2e/browsers
MANNERS := tests/integration/proxies tests/e2e/browsers/test_manners.py
ALERTS := $(addprefix tests/integration/,load prometheus)
ROLLOUT := tests/integration/flags tests/integration/test_stack.py
ENGINE := $(addprefix tests/unit/transcription/test_,faster_whisper.py hearing.py word_errors.py bombs.py)
without = $(patsubst %,--ignore %,$(1))
# Tests of code close to libraries that differ there: Quart, Hypercorn's parts, asyncio. The rest is covered by the types,
# which are checked for the oldest Python.
DIFFERENT := $(addprefix tests/unit/,adapters serve live delivery uploads test_edge.py test_web.py test_wire.py) \
	$(addprefix tests/contract/test_,pubsub.py watching.py valkey_mute.py) \
	$(addprefix $(FAULTS)/test_,reader_stalls.py reader_leaves.py)

# In this order free places are taken, by what a leg still needs, too: first the legs that take longest.
everything: site units browsers faults rollout manners alerts other-python static web

static: dev page
	$(LEG) bash infra/setup/static.sh $(BIN) "$(NPM)" $(SOURCES)
# For `make check`: the unit tests, in two processes for two cores.
FIRST := $(addprefix tests/unit/,accounts cli flags library live serve)
# Tests that only `make test` runs: they start processes, or send megabytes over connections.
HEAVY := $(ENGINE) $(addprefix tests/unit/,transcription/test_decoder.py serve/test_protocols.py)
unit-first: dev
	$(BIN)/python -m pytest -q $(FIRST) $(call without,$(HEAVY))
unit-rest: dev specification
	$(BIN)/python -m pytest -q tests/unit $(call without,$(FIRST) $(HEAVY))
units: dev specification
	$(LEG) bash infra/setup/covered.sh $(BIN) $(RERUN) tests/unit tests/arch tests/contract $(call without,$(ENGINE))
site: dev page nginx
	$(PYTEST) tests/integration tests/e2e $(ENGINE) $(call without,$(FAULTS) $(BROWSERS) $(ROLLOUT) $(MANNERS) $(ALERTS))
faults: dev page nginx
	$(PYTEST) $(FAULTS)
other-python: dev | page
	$(LEG) bash infra/setup/other_python.sh $(BIN) "$(PYTHONS)" $(RERUN) $(DIFFERENT)
rollout: dev page engines unleash prometheus
	$(PYTEST) $(ROLLOUT)
browsers: dev page engines
	$(PYTEST) $(BROWSERS) $(call without,$(MANNERS))
manners: dev page engines proxies
	$(PYTEST) $(MANNERS)
alerts: dev page prometheus .cache/load/.done
	$(PYTEST) $(ALERTS)
web: page
	$(LEG) bash -c '$(NPM) test -- --project page && $(NPM) run coverage && $(NPM) run check -w @playhead/live -w @playhead/session-status'
