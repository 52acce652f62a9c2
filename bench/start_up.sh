#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Start-up time of `stapes`: median of 51 runs, in milliseconds. The target is below 50.
# Usage: bench/start_up.sh [path of stapes]
set -euo pipefail
stapes=${1:-$(dirname "${BASH_SOURCE[0]}")/../build/release/stapes}
for _ in {1..51}; do
  begin=${EPOCHREALTIME//[^0-9]/}
  "$stapes" --version > /dev/null
  end=${EPOCHREALTIME//[^0-9]/}
  echo $((end - begin))
done | sort -n | awk '{us[NR] = $1} END {printf "stapes --version: median %.1f ms, slowest %.1f ms of %d runs\n", us[int((NR + 1) / 2)] / 1000, us[NR] / 1000, NR}'
