#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the named cases, or all: STAPES=build/release/stapes tests/cases/run.sh [NAME...]. Exits with 1 if one fails,
# with 77 if all are skipped. README.md describes cases.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ ! -x ${STAPES:-} ]]; then
  echo "run.sh: set STAPES to the program, e.g. STAPES=build/release/stapes $0" >&2
  exit 2
fi
STAPES=$(realpath "$STAPES")
export STAPES CASES=$here

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if (($# == 0)); then
  for folder in "$here"/*/; do set -- "$@" "$(basename "$folder")"; done
fi

passed=0 failed=0 skipped=0
for name in "$@"; do
  if [[ ! -f $here/$name/case.sh ]]; then
    echo "FAILED   $name: no case.sh"
    failed=$((failed + 1))
    continue
  fi
  mkdir -p "$scratch/$name"
  (cd "$scratch/$name" && bash "$here/$name/case.sh") > "$scratch/$name.log" 2>&1 < /dev/null
  case $? in
    0) echo "passed   $name" && passed=$((passed + 1)) ;;
    77) echo "skipped  $name: $(tail -n 1 "$scratch/$name.log")" && skipped=$((skipped + 1)) ;;
    *) echo "FAILED   $name:" && sed 's/^/    /' "$scratch/$name.log" && failed=$((failed + 1)) ;;
  esac
  rm -rf "${scratch:?}/$name"
done
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0)) || exit 1
((passed > 0)) || exit 77
