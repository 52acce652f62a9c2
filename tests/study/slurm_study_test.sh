#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Studies on a real Slurm with two nodes. Kills a task while it trains, then a coordinator. The folder's name has
# characters special to shells and Slurm. Usage: slurm_study_test.sh STAPES. Exit status 77: skipped.
set -euo pipefail

stapes=$1
scripts=$(realpath "$(dirname "$0")/../../scripts")
work=$(mktemp -d)
coordinator=

cleanup() {
  [[ $coordinator ]] && kill -KILL "$coordinator" 2> /dev/null || true
  "$scripts/slurm_on_one_machine.sh" stop "$work/slurm"
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  echo "FAILED: $1"
  squeue --array --states=all || true
  tail -n 20 "$work"/study.out "$results"/slurm/*.log "$results"/cells/*/log 2> /dev/null || true
  exit 1
}

await() {  # what, command: until the command succeeds
  local what=$1 waited
  shift
  for ((waited = 0; waited < 600; ++waited)); do
    "$@" && return
    sleep 0.1
  done
  fail "still no $what after 60 s"
}

write_plan() {  # name, folds, routes
  printf '%s\n' "name = \"$1\"" 'samples = 2000' 'targets = ["host"]' "folds = [$2]" \
    '[networks]' 'small = "widths:4,8,6,6,6,8,8,8,8,8,8,n"' "$3" > "$work/plan.toml"
}

study() {  # in the background, without a shell around it
  "$stapes" study "$work/plan.toml" --data "$work/words" -o "$results" --executor slurm -q "$@" \
    > "$work/study.out" 2>&1 &
  coordinator=$!
}

ended_well() {
  local status=0
  wait "$coordinator" || status=$?
  coordinator=
  return "$status"
}

lines_in() { wc -l 2> /dev/null < "$1" || echo 0; }
finished() { find "$results"/cells/* -maxdepth 1 -name result.json "$@" 2> /dev/null || true; }
count_finished() { finished | wc -l; }
is_training() { (($(lines_in "$1/run/metrics.jsonl") >= 1)) && [[ ! -e $1/result.json ]]; }

find_training_cell() {  # sets `cell`
  for cell in "$results"/cells/*; do
    is_training "$cell" && return
  done
  return 1
}

task_of() {  # cell name: prints its JOB_INDEX in array 1
  local index
  index=$(grep -nxF "$1" "$results/slurm/array-1.txt" | cut -d: -f1)
  echo "$(sed 's/.*"job":"\([0-9]*\)".*/\1/' "$results/slurm/jobs.json")_$((index - 1))"
}

[[ -x $(dirname "$stapes")/stapes-train ]] || { echo "skipped: no stapes-train next to $stapes"; exit 77; }
SLURM_CONF=$("$scripts/slurm_on_one_machine.sh" start "$work/slurm")
export SLURM_CONF
"$stapes" data keywords --classes 2 -o "$work/words" > /dev/null

fp32='[[route]]
name = "fp32"
form = "fp32"
train = { epochs = 12, batch = 8 }'
int8='[[route]]
name = "int8"
form = "int8"
start = "fp32"
quantize = { calibration = 8 }'

echo "== a partition that does not exist"
results=$work/refused
write_plan refused 1 "$fp32"
study --partition nowhere
ended_well && fail "it was accepted"
grep -q '^stapes: .*Invalid partition name' "$work/study.out" || fail "no reason was given"
(($(lines_in "$work/study.out") == 1)) || fail "the reason is longer than one line"

echo "== a task is killed while it trains"
results="$work/it's 100 %a \"\$HOME\" é"
write_plan killed '1, 2' "$fp32
$int8"
study
await "cell that trains" find_training_cell
killed=$(basename "$cell")
scancel --signal=KILL --full "$(task_of "$killed")"
ended_well || fail "the study ended with status $?"
(($(count_finished) == 4)) || fail "not all of 4 cells have a result"
for cell in "$results"/cells/*; do
  expected=1
  [[ $(basename "$cell") == "$killed" ]] && expected=2
  (($(lines_in "$cell/attempts") == expected)) || fail "$cell was begun $(lines_in "$cell/attempts") times"
done

echo "== the coordinator is killed, and its tasks are adopted"
results=$work/coordinator
write_plan coordinator '1, 2, 3, 4' "$fp32"
one_is_finished_and_one_at_work() { (($(count_finished) >= 1)) && find_training_cell; }
study
await "finished cell next to one that trains" one_is_finished_and_one_at_work
kill -KILL "$coordinator"
ended_well 2> /dev/null && fail "the coordinator had ended by itself"
(($(count_finished) < 4)) || fail "nothing was left to adopt"
before=$(finished -printf '%p %T@\n')
study
ended_well || fail "the study ended with status $?"
(($(count_finished) == 4)) || fail "not all of 4 cells have a result"
while read -r line; do
  file=${line% *}
  [[ $(find "$file" -printf '%p %T@') == "$line" ]] || fail "$file was written again"
  (($(lines_in "$(dirname "$file")/attempts") == 1)) || fail "$(dirname "$file") was run again"
done <<< "$before"
[[ $(cat "$results"/slurm/array-*.txt | sort | uniq -d) ]] && fail "a cell was submitted twice"
study --cancel
ended_well || fail "--cancel fails when there is nothing to cancel"
grep -qx 'canceled tasks: 0' "$work/study.out" || fail "it does not say how many tasks it ended"
echo "passed"
