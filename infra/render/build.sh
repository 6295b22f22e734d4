#!/usr/bin/env bash
# build.sh web|worker: what Render runs to build a service, in the virtual environment that Render made.
# The page is built with Node out of a wheel where Render's Python image has none.
set -eu
cd "$(dirname "$0")/../.."
venv=$(python -c 'import sys; print(sys.prefix)')
bash infra/setup/venv.sh "$venv" python run compile
if [ "$1" = web ]; then
    bash infra/setup/npm.sh "$venv" src/web ci
    bash infra/setup/npm.sh "$venv" src/web run build
fi
