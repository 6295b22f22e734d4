#!/usr/bin/env bash
# other_python.sh BIN "VERSION…" ARGUMENT…: runs pytest with these arguments on each supported Python that is not the one of BIN.
# A version that is missing on this machine is reported; if CI is set, that is a failure.
set -eu
bin=$1 versions=$2
shift 2
mine=$("$bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
for version in $versions; do
    if [ "$version" = "$mine" ]; then continue; fi
    python=$(bash infra/setup/python.sh "$version")
    if [ -z "$python" ]; then
        echo "Python $version is missing on this machine: its tests were skipped." >&2
        if [ -n "${CI:-}" ]; then exit 1; fi
        continue
    fi
    venv=.venv-$version
    if [ ! -e "$venv/.dev" ] || [ -n "$(find requirements{,-dev,-oldest}.txt -newer "$venv/.dev")" ]; then
        UV=$bin/uv bash infra/setup/venv.sh "$venv" "$python" run postgres dev
        touch "$venv/.dev"
    fi
    echo "== Python $version, beside $mine"
    "$venv/bin/python" -m pytest -q "$@"
done
