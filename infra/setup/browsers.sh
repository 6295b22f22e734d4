#!/usr/bin/env bash
# browsers.sh VENV [chromium|firefox|webkit…]: installs the given engines that are missing; without names, all.
# infra/setup/browsers.py finds the missing ones. As root on Debian the system's packages are installed (for WebKit:
# WebKitGTK with its driver and a virtual screen), elsewhere Playwright's builds.
set -eu
python=$1/bin/python
shift
missing() { "$python" -m infra.setup.browsers "$@"; }
package() { case $1 in firefox) echo firefox-esr ;; webkit) echo webkit2gtk-driver xvfb ;; *) echo "$1" ;; esac }

left=$(missing "$@")
if [ -z "$left" ]; then exit; fi
if [ "$(id -u)" = 0 ] && grep -q '^ID=debian' /etc/os-release 2>/dev/null; then
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
        $(for engine in $left; do package "$engine"; done)
else
    "$python" -m playwright install $left
fi
left=$(missing "$@")
if [ -n "$left" ]; then echo "These browser engines could not be installed: $left" >&2; exit 1; fi
