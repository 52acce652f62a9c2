#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Feeds 1,000,000 damaged files to an importer (libFuzzer) and fails on any finding: a crash, a sanitizer error, more
# than 2 GB of memory or more than 20 s. Seeds are the committed files and those in each FOLDER.
#
#   cmake --preset asan && cmake --build --preset asan --target tflite_fuzzer onnx_fuzzer npy_fuzzer
#   scripts/fuzz_import.sh tflite|onnx|npy [--runs N] [--keep FOLDER] [FOLDER]...
#
# Environment: STAPES_FUZZER  the fuzzer to run (default build/asan/tests/fuzz/FORMAT_fuzzer)
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
runs=1000000 keep='' folders=()

usage() {
  sed -n '3,9s/^# \{0,1\}//p' "$0"
}
fail() {  # one line
  echo "fuzz_import.sh: $1" >&2
  exit 2
}

[[ ${1:-} != --help ]] || { usage; exit 0; }
format=${1:-}
[[ $format == tflite || $format == onnx || $format == npy ]] ||
  fail "unknown format '$format'; choose tflite, onnx or npy"
shift
while (($# > 0)); do
  case $1 in
    --help) usage; exit 0 ;;
    --runs)
      [[ ${2:-} =~ ^[1-9][0-9]{0,11}$ ]] || fail "--runs takes a positive number, not '${2:-}'"
      runs=$2; shift 2 ;;
    --keep) keep=${2:-}; [[ -n $keep ]] || fail "--keep needs a folder"; shift 2 ;;
    -*) fail "unknown option '$1'; see --help" ;;
    *)
      compgen -G "$1/*.$format" > /dev/null || fail "no .$format files in '$1'"
      folders+=("$1"); shift ;;
  esac
done
fuzzer=${STAPES_FUZZER:-$root/build/asan/tests/fuzz/${format}_fuzzer}
[[ -x $fuzzer ]] || fail "no fuzzer '$fuzzer'; build it: cmake --build --preset asan --target ${format}_fuzzer"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/corpus" "${keep:=$work/findings}"
seeds=(${folders[@]+"${folders[@]}"})
for folder in "$root/tests/import/$format" "$root/tests/fuzz/${format}_corpus"; do
  if [[ -d $folder ]]; then seeds+=("$folder"); fi
done
# Files may be as long as the longest seed.
longest=$(find "${seeds[@]}" -maxdepth 1 -type f -printf '%s\n' | sort -n | tail -1)
status=0
"$fuzzer" -runs="$runs" -timeout=20 -report_slow_units=20 -rss_limit_mb=2048 -max_len="$longest" -print_final_stats=1 \
  -artifact_prefix="$keep/" "$work/corpus" "${seeds[@]}" > "$work/log" 2>&1 || status=$?
grep -E '^stat::(number_of_executed_units|average_exec_per_sec)|ERROR|SUMMARY' "$work/log" || true
if ((status != 0)) || compgen -G "$keep/*" > /dev/null; then
  tail -40 "$work/log" >&2
  echo "a finding (exit $status)" >&2
  exit 1
fi
echo "no finding in $runs runs"
