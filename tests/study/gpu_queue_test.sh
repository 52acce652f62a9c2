#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The GPU queue on the CPU: runs a tiny plan in pieces of a few seconds, archives it when time is up, and finishes it
# from the archive in a folder with a stale file. Usage: gpu_queue_test.sh STAPES
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

archive=$work/all.tar results=$work/results

run_queue() {  # name, limit, seconds per piece; returns the script's exit status
  local name=$1 limit=$2 piece=$3 status=0
  "$queue" --stapes "$stapes" --data "$work/words" --limit "$limit" --piece "$piece" --archive "$archive" \
    --results "$results" "$work/tiny.toml" > "$work/$name.out" 2>&1 || status=$?
  return "$status"
}

lines() { wc -l < "$1"; }
holds() { tar -tf "$archive" > "$work/names" && grep -q "$1" "$work/names"; }

epochs=600
printf '%s\n' 'name = "tiny"' 'samples = 2000' 'folds = [1]' '[networks]' 'small = "widths:8,32,16,16,16,16,32,32,32,32,32,n"' \
  '[[route]]' 'name = "fp32"' 'form = "fp32"' \
  "train = { epochs = $epochs, batch = 8, eval-every = 50, checkpoint-seconds = 0 }" \
  '[[route]]' 'name = "bits"' 'form = "xnor"' 'train = { recipe = "xnor-paper", epochs = 2, batch = 8 }' \
  '[[route]]' 'name = "mini"' 'form = "int8"' 'start = "fp32"' 'train = { epochs = 2, batch = 8 }' \
  'prune = { method = "magnitude", flash = { like = "bits" } }' 'quantize = { calibration = 8 }' > "$work/tiny.toml"
"$stapes" data keywords --classes 2 --limit-voices 5 -o "$work/words" > /dev/null

# A busy machine may not reach a checkpoint in 12 seconds.
for limit in 12 24 48 96; do
  status=0
  run_queue first "$limit" $((limit / 3)) || status=$?
  ((status == 3)) || fail "the time was too short for $epochs epochs, but the status is $status"
  [[ -f $archive ]] || fail "nothing was packed up"
  if holds 'fp32.*/run/checkpoint.bin'; then break; fi
done
! gzip -t "$archive" 2> /dev/null || fail "the archive is compressed, which takes too long"
holds 'fp32.*/run/checkpoint.bin' || fail "the archive lacks the checkpoint of the run that is not finished"
metrics=$(realpath "$results"/tiny/cells/*fp32*/run/metrics.jsonl)
begun=$(lines "$metrics")
((begun > 1 && begun < epochs)) || fail "$begun epochs are done after the first call"
cp "$metrics" "$work/begun.jsonl"

rm -r "$results"
mkdir -p "$(dirname "$metrics")"
head -n 1 "$work/begun.jsonl" > "$metrics"
touch -d '1 hour ago' "$metrics"
run_queue second 240 30 || fail "the second call ended with status $?"
(($(lines "$metrics") == epochs)) || fail "$(lines "$metrics") epochs instead of $epochs"
cmp -s <(head -n $((begun - 1)) "$metrics") <(head -n $((begun - 1)) "$work/begun.jsonl") \
  || fail "the second call did not continue from the archive"  # the last epoch may lack its checkpoint
bytes() { sed -n "s/.*\"file_bytes\":\([0-9]*\).*/\1/p" "$results"/tiny/cells/*"$1"*/result.json; }
(($(bytes mini) <= $(bytes bits) && $(bytes mini) > $(bytes bits) / 2)) \
  || fail "expected at most $(bytes bits) bytes and more than half of that, got $(bytes mini)"
holds 'mini.*/result.json' || fail "the archive lacks the last cell"
! holds 'checkpoint' || fail "the archive holds checkpoints of runs that are finished"

status=0
"$queue" --data "$work/absent" --limit 5 > "$work/usage.out" 2>&1 || status=$?
((status == 2)) || fail "a missing data set gives status $status"
echo "passed"
