#!/usr/bin/env bash
# Prints the path of a Python that runs and is new enough; with a version (3.13), of exactly that one, or nothing.
# Each candidate is run, because version managers put stand-ins on the PATH that only print an error.
set -eu
exactly=${1:-}

fits() {
    "$1" - "$exactly" >/dev/null 2>&1 <<'PY'
import sys
exactly = sys.argv[1]
sys.exit(not ("%d.%d" % sys.version_info[:2] == exactly if exactly else sys.version_info >= (3, 11)))
PY
}

if [ -n "$exactly" ]; then
    candidates=("python$exactly" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$exactly"*/bin/python)
else
    # First 3.13, which is deployed (render.yaml) and on which coverage is fastest.
    candidates=(python3.13 "${PYENV_ROOT:-$HOME/.pyenv}/versions/3.13"*/bin/python python3 python3.12 python3.11 python3.14)
fi
for candidate in "${candidates[@]}"; do
    if fits "$candidate"; then
        "$candidate" -c 'import sys; print(sys.executable)'  # instead of a version manager's slow stand-in
        exit
    fi
done
if [ -z "$exactly" ]; then
    echo "Playhead needs Python 3.11 or newer; none was found. Set PYTHON to one." >&2
    exit 1
fi
