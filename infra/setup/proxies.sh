#!/usr/bin/env bash
# proxies.sh: prints the path of each proxy that the tests need; as root on Debian it installs the missing ones.
set -eu
names=(nginx haproxy caddy apache2 varnishd squid mitmdump)
package() { case $1 in varnishd) echo varnish ;; mitmdump) echo mitmproxy ;; *) echo "$1" ;; esac }
export PATH=$PATH:/usr/sbin:/usr/local/sbin
missing() { for name in "${names[@]}"; do command -v "$name" >/dev/null || package "$name"; done; }

left=$(missing)
if [ -n "$left" ]; then
    bash "$(dirname "$0")/apt.sh" $left
    left=$(missing)
fi
if [ -n "$left" ]; then echo "These proxies are missing, install them:" $left >&2; exit 1; fi
for name in "${names[@]}"; do command -v "$name"; done
