#!/usr/bin/env bash
# nginx.sh [nchan]: prints an nginx for tests and benches; installs it where there is none and this may be done.
# With `nchan` also the path of that module, on a second line.
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
        # The package would start a server of its own on port 80, unless this file says no.
        policy=/usr/sbin/policy-rc.d
        if [ ! -e $policy ]; then
            trap 'rm -f $policy' EXIT
            printf '#!/bin/sh\nexit 101\n' >$policy
            chmod +x $policy
        fi
        { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } >&2
    fi
    found "$@" || { echo "There is no nginx${1:+ with the module $1} here: install ${packages[*]}." >&2; exit 1; }
fi
