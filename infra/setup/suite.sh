#!/usr/bin/env bash
# suite.sh BIN ARGUMENT…: runs pytest with coverage, by the cheapest tracer that BIN's Python has.
set -eu
bin=$1
shift
# `sys.monitoring` costs next to nothing; the tracer before it a quarter of the time.
if "$bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
    export COVERAGE_CORE=sysmon
fi
exec "$bin/coverage" run -m pytest -q "$@"
