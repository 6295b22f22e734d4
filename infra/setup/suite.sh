#!/usr/bin/env bash
# suite.sh VENV COVERED ARGUMENT…: runs pytest with VENV's Python; with coverage if it is the covered one.
set -eu
venv=$1 covered=$2
shift 2
if [ "$venv" != "$covered" ]; then
    exec "$venv/bin/python" -m pytest -q "$@"
fi
if "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
    export COVERAGE_CORE=sysmon
fi
exec "$venv/bin/coverage" run -m pytest -q "$@"
