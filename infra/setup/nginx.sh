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
    bash "$(dirname "$0")/apt.sh" "${packages[@]}"
    found "$@" || { echo "nginx${1:+ with the module $1} is missing: install ${packages[*]}." >&2; exit 1; }
fi
