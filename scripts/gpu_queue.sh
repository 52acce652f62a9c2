#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the plans of a queue within a time limit, in resumable pieces, and archives the results so far. The next call
# continues from that archive. Another machine needs the same absolute --data and --results, since a run's config.json
# stores the paths of its data, initial network and teacher.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat << 'END'
Usage: scripts/gpu_queue.sh --data FILE --limit SECONDS [options] [PLAN...]

  --data FILE       Data set of the plans (stapes data import); the same path in every call
  --limit SECONDS   Time limit for everything: build, pieces, archive
  --piece SECONDS   Time limit of each run of `stapes study` (default 180)
  --processes N     Cells to run at once (default 1; small networks leave a GPU room for more)
  --archive FILE    Archive to read first, if it exists, and to write at the end (default gpu-queue.tar)
  --results DIR     Folder of the results, one subfolder per plan (default results); the same path in every call
  --stapes FILE     Program to run; by default, stapes and stapes-train are built in build/gpu
  PLAN...           Plans to run, in this order (default plans/gpu-1.toml, plans/gpu-2.toml)

To build with a CUDA libtorch: CMAKE_PREFIX_PATH=/opt/libtorch scripts/gpu_queue.sh ...
Exit status: 0 all plans finished, 1 a cell or command failed, 2 wrong usage, 3 out of time.
Example: scripts/gpu_queue.sh --data esc50.data --limit 800
END
}

wrong_usage() {
  echo "gpu_queue: $1 (see --help)" >&2
  exit 2
}

data='' limit='' piece=180 processes=1 archive=gpu-queue.tar results=results stapes='' plans=()
while (($# > 0)); do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --data | --limit | --piece | --processes | --archive | --results | --stapes)
      (($# > 1)) || wrong_usage "missing value: $1" ;;&
    --data) data=$2; shift ;;
    --limit) limit=$2; shift ;;
    --piece) piece=$2; shift ;;
    --processes) processes=$2; shift ;;
    --archive) archive=$2; shift ;;
    --results) results=$2; shift ;;
    --stapes) stapes=$2; shift ;;
    -*) wrong_usage "unknown option: $1" ;;
    *) plans+=("$1") ;;
  esac
  shift
done
[[ -f $data ]] || wrong_usage "data set not found: '$data'; pass it with --data FILE"
for number in "$limit" "$piece" "$processes"; do
  [[ $number =~ ^[1-9][0-9]{0,6}$ ]] || wrong_usage "expected a whole number above 0, got '$number'"
done
((${#plans[@]} > 0)) || plans=("$here"/plans/gpu-{1,2}.toml)
for plan in "${plans[@]}"; do [[ -f $plan ]] || wrong_usage "plan not found: '$plan'"; done

reserve=$((limit < 120 ? limit / 6 : 20))  # for the archive
seconds_left() { echo $((limit - reserve - SECONDS)); }

# A study does not need these checkpoints, and those of full-width networks take hundreds of megabytes.
finished_checkpoints() {  # folders in the results
  local result
  (cd "$results" && find "$@" -path '*/cells/*/run/result.json') | while read -r result; do
    printf '%s\n' "${result%/*}"/checkpoint{,.previous}.bin
  done
}

# Archives results, packed models, and runs with their checkpoints, all or nothing. Uncompressed: weights hardly shrink,
# and only seconds are left. --format=posix stores times to the nanosecond, for --keep-newer-files.
pack_up() {
  local folders=() plan status=0
  for plan in "${plans[@]}"; do
    [[ ! -d $results/$(basename "$plan" .toml) ]] || folders+=("$(basename "$plan" .toml)")
  done
  ((${#folders[@]} > 0)) || return 0
  tar --format=posix -C "$results" --exclude=lock --anchored --no-wildcards \
    --exclude-from=<(finished_checkpoints "${folders[@]}") -cf "$archive.part" "${folders[@]}" || status=$?
  if ((status > 1)); then  # 1: complete, but a file changed while tar read it
    echo "gpu_queue: tar ended with status $status: '$archive.part' is incomplete; archive '$results' by hand" >&2
    exit 1
  fi
  mv "$archive.part" "$archive"
  echo "gpu_queue: packed ${folders[*]} into $archive ($(stat -c %s "$archive") bytes) after $SECONDS s"
}

build() {
  local log=$here/build/gpu.log
  mkdir -p "$here/build"
  echo "gpu_queue: building in build/gpu; output in build/gpu.log"
  if ! { cmake -S "$here" -B "$here/build/gpu" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    && timeout "$(seconds_left)" cmake --build "$here/build/gpu" --target stapes stapes-train; } > "$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "gpu_queue: the build failed or took longer than --limit $limit: see build/gpu.log" >&2
    exit 1
  fi
  stapes=$(find "$here/build/gpu" -type f -name stapes -perm -u+x -print -quit)
}

# Runs one plan until it is finished (0), has failed cells (1), or the time is up (3).
run_plan() {
  local plan=$1 seconds status out
  out=$results/$(basename "$plan" .toml)
  while true; do
    seconds=$(seconds_left)
    ((seconds > 0)) || return 3
    status=0
    timeout --kill-after=5 $((seconds < piece ? seconds : piece)) \
      "$stapes" study "$plan" --data "$data" -o "$out" --processes "$processes" --quiet || status=$?
    case $status in
      0) return 0 ;;
      124 | 137) echo "gpu_queue: $(basename "$plan"): $(find "$out/cells" -name result.json -path '*/cells/*' \
        -not -path '*/run/*' | wc -l) cells finished after $SECONDS s" ;;
      *) return 1 ;;
    esac
  done
}

mkdir -p "$results"
# Local results may be older or newer than the archive.
if [[ -f $archive ]]; then tar -C "$results" --keep-newer-files --warning=no-ignore-newer -xf "$archive"; fi
[[ $stapes ]] || build
trap pack_up EXIT
worst=0
for plan in "${plans[@]}"; do
  status=0
  run_plan "$plan" || status=$?
  ((status <= worst)) || worst=$status
  ((status != 3)) || break
done
exit "$worst"
