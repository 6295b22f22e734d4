#!/usr/bin/env bash
# apt.sh PACKAGE…: as root on Debian it installs packages, and starts no server of theirs; elsewhere it does nothing.
set -eu
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then exit; fi
# Without this file the packages of servers would start them, on the ports that everybody uses.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
fi
{
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
} >&2
