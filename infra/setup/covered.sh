#!/usr/bin/env bash
# covered.sh BIN ARGUMENT…: runs pytest with coverage, with the fastest tracer of BIN's Python, and reports it.
set -eu
bin=$1
shift
# `sys.monitoring` costs almost nothing; the older tracer makes tests take half as long again.
if "$bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
    export COVERAGE_CORE=sysmon
fi
"$bin/coverage" run -m pytest -q "$@"
exec "$bin/coverage" report
