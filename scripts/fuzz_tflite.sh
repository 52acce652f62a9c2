#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Feeds 1,000,000 damaged .tflite files to the importer (libFuzzer) and fails if one of them is a finding: a crash, an
# error of a sanitizer, more than 2 GB or more than 20 s. Seeds are the committed files and those of the folders given.
#
#   cmake --preset asan && cmake --build --preset asan --target tflite_fuzzer
#   scripts/fuzz_tflite.sh [--runs N] [--keep FOLDER] [FOLDER of .tflite files]...
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
fuzzer=${STAPES_TFLITE_FUZZER:-$root/build/asan/tests/fuzz/tflite_fuzzer}
runs=1000000 keep='' folders=()

usage() {
  sed -n '3,7s/^# \{0,1\}//p' "$0"
}
fail() {  # one line
  echo "fuzz_tflite.sh: $1" >&2
  exit 2
}

while (($# > 0)); do
  case $1 in
    --help) usage; exit 0 ;;
    --runs)
      [[ ${2:-} =~ ^[1-9][0-9]{0,11}$ ]] || fail "--runs takes a positive number, not '${2:-}'"
      runs=$2; shift 2 ;;
    --keep) keep=${2:-}; [[ -n $keep ]] || fail "--keep takes a folder"; shift 2 ;;
    -*) fail "unknown option '$1'; see --help" ;;
    *)
      compgen -G "$1/*.tflite" > /dev/null || fail "no .tflite files in '$1'"
      folders+=("$1"); shift ;;
  esac
done
[[ -x $fuzzer ]] || fail "no fuzzer '$fuzzer'; build it: cmake --build --preset asan --target tflite_fuzzer"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/corpus" "${keep:=$work/findings}"
# All files may be as long as the longest seed.
longest=$(find "$root/tests/fuzz/tflite_corpus" "$root/tests/import/tflite" ${folders[@]+"${folders[@]}"} -maxdepth 1 -type f \
  -printf '%s\n' | sort -n | tail -1)
status=0
"$fuzzer" -runs="$runs" -timeout=20 -rss_limit_mb=2048 -max_len="$longest" -print_final_stats=1 \
  -artifact_prefix="$keep/" "$work/corpus" "$root/tests/fuzz/tflite_corpus" "$root/tests/import/tflite" \
  ${folders[@]+"${folders[@]}"} > "$work/log" 2>&1 || status=$?
grep -E '^stat::(number_of_executed_units|average_exec_per_sec)|ERROR|SUMMARY' "$work/log" || true
if ((status != 0)) || compgen -G "$keep/*" > /dev/null; then
  tail -40 "$work/log" >&2
  echo "a finding (exit $status)" >&2
  exit 1
fi
echo "no finding in $runs runs"
