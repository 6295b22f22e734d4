#!/usr/bin/env bash
# static.sh BIN NPM FOLDER…: checks format, lint, types and import rules, of Python and of TypeScript.
set -eux
bin=$1 npm=$2
shift 2
"$bin/ruff" check "$@"
"$bin/ruff" format --check "$@"
"$bin/mypy"
"$bin/lint-imports"
$npm run typecheck
$npm run lint
