#!/usr/bin/env bash
# prometheus.sh [--found]: prints the paths of prometheus, promtool, alertmanager and amtool; as root on Debian it installs
# those that are missing, unless `--found` asks only for what is there.
set -eu
# Debian's package has another name for alertmanager.
found() {
    command -v prometheus && command -v promtool && { command -v alertmanager || command -v prometheus-alertmanager; } &&
        command -v amtool
}

if ! found >/dev/null && [ "${1:-}" != --found ]; then
    bash "$(dirname "$0")/apt.sh" prometheus prometheus-alertmanager
fi
found || { echo "Prometheus or Alertmanager is missing, each with its tool (promtool, amtool): install them." >&2; exit 1; }
