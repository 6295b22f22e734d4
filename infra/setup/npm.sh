#!/usr/bin/env bash
# npm.sh VENV FOLDER ARGUMENT…: runs npm in FOLDER, with a Node that is new enough for the package there.
set -eu
cd "$(dirname "$0")/../.."
venv=$1 folder=$2
shift 2
bin=$(bash infra/setup/node.sh "$venv" "$folder")
cd "$folder"
PATH=$bin:$PATH exec npm "$@"
