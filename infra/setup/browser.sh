#!/usr/bin/env bash
# browser.sh VENV: prints a Chromium for the end-to-end tests; installs one where there is none.
set -eu
python=$1/bin/python

own() {
    "$python" - 2>/dev/null <<'PY'
from pathlib import Path
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    path = playwright.chromium.executable_path
print(path if Path(path).exists() else exit(1))
PY
}
found() {
    for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [ -n "$candidate" ] && command -v "$candidate"; then return; fi
    done
    own
}

if ! found; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } >&2
    else
        "$python" -m playwright install chromium >&2
    fi
    found || { echo "There is no Chromium for the end-to-end tests: set CHROMIUM to one." >&2; exit 1; }
fi
