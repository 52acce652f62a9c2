#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Training speed of `stapes train` and of a plain libtorch loop (bench/plain_train.cpp): clips/s over whole epochs with
# augmentation, without evaluation. ESC-10, fold 4, batch 64. The programs alternate, so that other load affects all.
# Figures are medians over all rounds, without each process's first epoch.
#   plain    the loop in libtorch's default environment
#   passive  the same with sleeping idle threads, as in `stapes train`
# Usage: bench/train_bench.sh DATA [rounds] [build folder]     DATA from `stapes data import esc50`
set -euo pipefail
data=${1:?usage: bench/train_bench.sh DATA [rounds] [build folder]}
rounds=${2:-3}
build=${3:-$(dirname "${BASH_SOURCE[0]}")/../build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

median() { sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

plain() { "$build/bench/plain_train" "$data" "$1" "$2" "$3" | tail -n +2; }

ours() {  # model, options, epochs
  # shellcheck disable=SC2086 # options are several words
  "$build/stapes-train" train "$data" --classes esc10 --fold 4 --model "$1" $2 --epochs "$3" --eval-every "$3" --quiet \
    --force -o "$work/run" > "$work/log"
  sed -n 's/.*"clips_per_second":\([0-9.]*\).*/\1/p' "$work/run/metrics.jsonl" | tail -n +2
}

row() {  # model, form of the plain loop, name, our options, epochs
  : > "$work/plain"; : > "$work/passive"; : > "$work/ours"
  for ((i = 0; i < rounds; ++i)); do
    plain "$1" "$2" "$5" >> "$work/plain"
    OMP_WAIT_POLICY=PASSIVE plain "$1" "$2" "$5" >> "$work/passive"
    ours "$1" "$4" "$5" >> "$work/ours"
  done
  p=$(median < "$work/plain"); q=$(median < "$work/passive"); o=$(median < "$work/ours")
  awk -v m="$1" -v f="$3" -v p="$p" -v q="$q" -v o="$o" \
    'BEGIN {printf "| %s | %s | %.1f | %.1f | %.1f | %.2fx | %.2fx |\n", m, f, p, q, o, o / p, o / q}'
}

echo "| network | form | plain | passive | stapes | over plain | over passive |"
echo "|---|---|---|---|---|---|---|"
for model in micro-acdnet acdnet; do
  [ "$model" = acdnet ] && epochs=2 || epochs=4
  row "$model" fp32 "full precision" "" "$epochs"
  row "$model" xnor "XNOR, published layout" "--binary --rule paper" "$epochs"
  row "$model" xnor "XNOR, default layout (plain: published)" "--binary" "$epochs"
done
