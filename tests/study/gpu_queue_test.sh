#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The queue of a GPU, on the CPU: a tiny plan cut into pieces of two seconds, packed up when the time is over, and finished
# from the archive in another folder. Usage: gpu_queue_test.sh STAPES
set -euo pipefail

stapes=$1
queue=$(realpath "$(dirname "$0")/../../scripts/gpu_queue.sh")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $1"
  cat "$work"/*.out
  exit 1
}

run_queue() {  # name, limit, further arguments: the script's exit status
  local name=$1 limit=$2 status=0
  shift 2
  "$queue" --stapes "$stapes" --data "$work/words" --limit "$limit" --piece 2 --archive "$work/all.tar.gz" \
    --results "$work/$name" "$@" "$work/tiny.toml" > "$work/$name.out" 2>&1 || status=$?
  return "$status"
}

epochs=400
printf '%s\n' 'name = "tiny"' 'samples = 2000' 'folds = [1]' '[networks]' 'small = "widths:4,8,6,6,6,8,8,8,8,8,8,n"' \
  '[[route]]' 'name = "fp32"' 'form = "fp32"' \
  "train = { epochs = $epochs, batch = 8, eval-every = 50, checkpoint-seconds = 0 }" \
  '[[route]]' 'name = "bits"' 'form = "xnor"' 'train = { recipe = "xnor-paper", epochs = 2, batch = 8 }' \
  '[[route]]' 'name = "mini"' 'form = "int8"' 'start = "fp32"' 'train = { epochs = 2, batch = 8 }' \
  'prune = { method = "magnitude", flash = { like = "bits" } }' 'quantize = { calibration = 8 }' > "$work/tiny.toml"
"$stapes" data keywords --classes 2 --limit-voices 5 -o "$work/words" > /dev/null

status=0
run_queue first 6 || status=$?
((status == 3)) || fail "the time was too short for $epochs epochs, but the status is $status"
[[ -f $work/all.tar.gz ]] || fail "nothing was packed up"
begun=$(cat "$work"/first/tiny/cells/*fp32*/run/metrics.jsonl | wc -l)
((begun > 0 && begun < epochs)) || fail "$begun epochs are done after the first call"

mv "$work/first" "$work/elsewhere"
run_queue second 150 || fail "the second call ended with status $?"
metrics=$(ls "$work"/second/tiny/cells/*fp32*/run/metrics.jsonl)
(($(wc -l < "$metrics") == epochs)) || fail "$(wc -l < "$metrics") epochs instead of $epochs"
cmp -s <(head -n "$begun" "$metrics") <(cat "$work"/elsewhere/tiny/cells/*fp32*/run/metrics.jsonl) \
  || fail "the second call did not go on from the archive"
bytes() { sed -n "s/.*\"file_bytes\":\([0-9]*\).*/\1/p" "$work"/second/tiny/cells/*"$1"*/result.json; }
(($(bytes mini) <= $(bytes bits) && $(bytes mini) > $(bytes bits) / 2)) \
  || fail "$(bytes mini) bytes are not nearly as many as $(bytes bits)"
tar -tzf "$work/all.tar.gz" | grep -q 'mini.*/result.json' || fail "the archive lacks the last cell"

status=0
"$queue" --data "$work/absent" --limit 5 > "$work/usage.out" 2>&1 || status=$?
((status == 2)) || fail "a data set that is not there gives status $status"
echo "passed"
