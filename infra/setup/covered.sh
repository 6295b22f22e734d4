#!/usr/bin/env bash
# covered.sh BIN ARGUMENT…: runs pytest with coverage, by the cheapest tracer that BIN's Python has, and reports it.
set -eu
bin=$1
shift
# `sys.monitoring` costs next to nothing; the tracer before it half as much again as the tests.
if "$bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
    export COVERAGE_CORE=sysmon
fi
"$bin/coverage" run -m pytest -q "$@"
exec "$bin/coverage" report
