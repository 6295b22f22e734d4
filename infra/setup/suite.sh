#!/usr/bin/env bash
# suite.sh VENV COVERED ARGUMENT…: runs pytest with VENV's Python; with coverage, and its report, if it is the covered one.
set -eu
venv=$1 covered=$2
shift 2
if [ "$venv" != "$covered" ]; then
    exec "$venv/bin/python" -m pytest -q "$@"
fi
rm -f .coverage .coverage.*
if "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
    export COVERAGE_CORE=sysmon
fi
"$venv/bin/coverage" run -m pytest -q "$@"
"$venv/bin/coverage" combine --quiet
"$venv/bin/coverage" report
