#!/usr/bin/env bash
# browsers.sh VENV: installs the engines of tests/e2e/browsers where they are missing: Chromium, Firefox, and WebKitGTK with
# its driver and a screen. As root on Debian its packages; elsewhere Playwright's builds.
set -eu
here() { command -v "$1" >/dev/null; }

packages=()
{ [ -n "${CHROMIUM:-}" ] || here chromium; } || packages+=(chromium)
here firefox-esr || packages+=(firefox-esr)
{ here WebKitWebDriver && here Xvfb; } || packages+=(webkit2gtk-driver xvfb)
if [ ${#packages[@]} = 0 ]; then exit; fi

if [ "$(id -u)" = 0 ] && here apt-get; then
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${packages[@]}"
else
    "$1/bin/python" -m playwright install chromium firefox webkit
fi
