#!/usr/bin/env bash
# nginx.sh [nchan]: prints the path of nginx for tests and benchmarks; as root on Debian it installs a missing one.
# With `nchan` it also prints the path of that module, on a second line.
set -eu
modules=(/usr/lib/nginx/modules /usr/lib64/nginx/modules /usr/local/lib/nginx/modules)

found() {
    local binary
    binary=$(command -v "${NGINX:-nginx}" || PATH=/usr/sbin:/usr/local/sbin command -v nginx) || return 1
    if [ "${1:-}" != nchan ]; then echo "$binary"; return; fi
    for folder in "${modules[@]}"; do
        if [ -e "$folder/ngx_nchan_module.so" ]; then printf '%s\n' "$binary" "$folder/ngx_nchan_module.so"; return; fi
    done
    return 1
}

if ! found "$@"; then
    packages=(nginx ${1:+libnginx-mod-nchan})
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        # Without this file the package would start a server on port 80.
        policy=/usr/sbin/policy-rc.d
        if [ ! -e $policy ]; then
            trap 'rm -f $policy' EXIT
            printf '#!/bin/sh\nexit 101\n' >$policy
            chmod +x $policy
        fi
        { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } >&2
    fi
    found "$@" || { echo "nginx${1:+ with the module $1} is missing: install ${packages[*]}." >&2; exit 1; }
fi
