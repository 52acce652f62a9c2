#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes the reports of all studies in results/ to docs/studies/, and the charts of its results.md to
# docs/studies/figures/. A page depends only on its results and the program:
# tests/cli/committed_results_test.cpp compares committed pages with new ones.
# Usage: scripts/make_reports.sh [--stapes PROGRAM] [-o FOLDER]     (default: build/release/stapes, docs/studies)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
stapes=$root/build/release/stapes
folder=$root/docs/studies

fail() {
  echo "make_reports: $1" >&2
  exit 2
}

while (($#)); do
  case $1 in
    --stapes) stapes=${2:?--stapes needs a program} ;;
    -o) folder=${2:?-o needs a folder} ;;
    *) fail "unknown argument '$1'; usage: $0 [--stapes PROGRAM] [-o FOLDER]" ;;
  esac
  shift 2
done
[[ -x $stapes ]] || fail "program not found: '$stapes'; build it or pass one with --stapes"

page_of() {  # the laptop study has the plain name
  case $1 in
    laptop) echo report.html ;;
    *) echo "report-${1%-laptop}.html" ;;
  esac
}

figures_of() {
  case $1 in
    long) echo accuracy difference ;;
    pair-micro) echo cortex-m4-instructions ;;
  esac
}

drawn=$(mktemp -d)
trap 'rm -rf "$drawn"' EXIT
mkdir -p "$folder/figures"
for study in "$root"/results/*/study.json; do
  results=$(dirname "$study")
  name=$(basename "$results")
  "$stapes" report "$results" -o "$folder/$(page_of "$name")" --figures "$drawn/$name" --force
  for figure in $(figures_of "$name"); do cp "$drawn/$name/$figure.svg" "$folder/figures/$name-$figure.svg"; done
done
