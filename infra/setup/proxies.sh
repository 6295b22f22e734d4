#!/usr/bin/env bash
# proxies.sh: prints the path of each proxy that the tests need; as root on Debian it installs the missing ones.
set -eu
names=(nginx haproxy caddy apache2 varnishd squid mitmdump)
package() { case $1 in varnishd) echo varnish ;; mitmdump) echo mitmproxy ;; *) echo "$1" ;; esac }
export PATH=$PATH:/usr/sbin:/usr/local/sbin
missing() { for name in "${names[@]}"; do command -v "$name" >/dev/null || package "$name"; done; }

left=$(missing)
if [ -n "$left" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # Without this file the packages would start servers on port 80.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
    fi
    {
        apt-get update
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $left
    } >&2
    left=$(missing)
fi
if [ -n "$left" ]; then echo "These proxies are missing, install them:" $left >&2; exit 1; fi
for name in "${names[@]}"; do command -v "$name"; done
