# The legs of `make test`. Two cores run four at a time, because tests wait for half of their time; what installs waits
# for the network. Each is a verb of its own: `make faults`.
#
#   .venv ──┬── npm's ────┬─ units          with coverage, which they reach by themselves
#           │   packages, ├─ site           real processes: Valkey, PostgreSQL, the web, workers, engines
#           │   the page  ├─ faults         what befalls them
#           │             ├─ other-python   on the other promised Python, what can differ there
#           │             ├─ web            Vitest, the package as npm and TypeScript see it
#           │             └─ static         format, lint, types, layers
#           └── Unleash, nginx, ┬─ rollout    flags from a real Unleash
#               browsers        └─ browsers   Chromium, Firefox, WebKit
#
# A leg that fails does not stop the others. Where this make can do it, the lines of a leg stay together, and come when it
# ends; what each one took is a table at the end.
.PHONY: everything static unit-first unit-rest units site faults other-python rollout browsers web

# The oldest and the newest that are promised; between them Quart is another one (0.22 and 0.23).
PYTHONS := 3.11 3.13
SOURCES := src tests infra
LEG = @$(call leg,$@)
PYTEST = $(LEG) $(BIN)/python -m pytest -q

# Real parts of one kind each. What is left of the folders is `site`, which waits most.
FAULTS := tests/integration/faults
BROWSERS := tests/e2e/browsers
ROLLOUT := tests/integration/flags tests/integration/test_stack.py
ENGINE := $(addprefix tests/unit/transcription/test_,faster_whisper.py word_errors.py bombs.py)
without = $(patsubst %,--ignore %,$(1))
# What is another library there, or talks to one at a low level: Quart, Hypercorn's parts, asyncio. All else is held by the
# types, which are checked as of the oldest Python.
DIFFERENT := $(addprefix tests/unit/,serve hub delivery pubsub uploads test_edge.py test_web.py test_wire.py) \
	$(addprefix tests/contract/test_,pubsub.py valkey_mute.py) \
	$(addprefix $(FAULTS)/test_,reader_stalls.py reader_leaves.py)

everything: site faults rollout browsers units other-python web static

static: dev page
	$(LEG) bash infra/setup/static.sh $(BIN) "$(NPM)" $(SOURCES)
# For `make check`: unit tests by themselves, in two processes for two cores.
FIRST := $(addprefix tests/unit/,accounts cli flags hub library pubsub serve)
# What `make check` leaves to `make test`: it starts processes, or sends megabytes over connections.
HEAVY := $(ENGINE) $(addprefix tests/unit/,transcription/test_decoder.py serve/test_protocols.py)
unit-first: dev
	$(BIN)/python -m pytest -q $(FIRST) $(call without,$(HEAVY))
unit-rest: dev specification
	$(BIN)/python -m pytest -q tests/unit $(call without,$(FIRST) $(HEAVY))
units: dev specification
	$(LEG) bash infra/setup/covered.sh $(BIN) tests/unit tests/arch tests/contract $(call without,$(ENGINE))
site: dev page nginx
	$(PYTEST) tests/integration tests/e2e $(ENGINE) $(call without,$(FAULTS) $(BROWSERS) $(ROLLOUT))
faults: dev page nginx
	$(PYTEST) $(FAULTS)
other-python: dev
	$(LEG) bash infra/setup/other_python.sh $(BIN) "$(PYTHONS)" $(DIFFERENT)
rollout: dev page engines unleash
	$(PYTEST) $(ROLLOUT)
browsers: dev page engines
	$(PYTEST) $(BROWSERS)
web: page
	$(LEG) bash -c '$(NPM) test -- --project page && $(NPM) run coverage && $(NPM) run check -w @playhead/session-status'
