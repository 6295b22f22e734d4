#!/usr/bin/env bash
# prometheus.sh: prints the paths of prometheus and promtool; as root on Debian it installs them if they are missing.
set -eu
found() { command -v prometheus && command -v promtool; }

if ! found >/dev/null; then bash "$(dirname "$0")/apt.sh" prometheus; fi
found || { echo "Prometheus is missing, with promtool: install it." >&2; exit 1; }
