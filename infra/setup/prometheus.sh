#!/usr/bin/env bash
# prometheus.sh: prints the paths of prometheus and promtool; as root on Debian it installs them if they are missing.
set -eu
missing() { for name in prometheus promtool; do command -v "$name" >/dev/null || echo "$name"; done; }

left=$(missing)
if [ -n "$left" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # Without this file the package would start a server on port 9090.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
    fi
    {
        apt-get update
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends prometheus
    } >&2
    left=$(missing)
fi
if [ -n "$left" ]; then echo "Missing, install Prometheus:" $left >&2; exit 1; fi
command -v prometheus promtool
