#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every `stapes` command of the README, in its order and in one folder, as a reader would: on two classes of spoken
# digits, a network of networks/ and a small TensorFlow Lite model. Plans are shortened to 2 epochs; a file stands in
# for the microphone.
#
# Usage: scripts/run_readme.sh [BUILD]     BUILD: folder with stapes (default build/release), built with STAPES_WEB=ON
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:-$root/build/release}" && pwd)
PATH=$build:$PATH
digits=$root/../shared/data/fsdd
[[ -x $build/stapes ]] || { echo "run_readme.sh: not found: '$build/stapes'; build it or name its folder" >&2; exit 2; }
[[ -d $digits ]] || { echo "run_readme.sh: folder of spoken digits not found: '$digits'" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p clips/zero clips/one
cp "$digits"/0/*_[0-3].flac clips/zero/
cp "$digits"/1/*_[0-3].flac clips/one/
cp "$root/networks/ds-cnn.toml" my.toml
cp "$root/tests/import/tflite/int8.tflite" kws.tflite

# The commands are the indented lines that begin with "stapes", without their comments.
mapfile -t commands < <(sed -n 's/^    \(stapes .*\)/\1/p' "$root/README.md" | sed 's/  *#.*//')
((${#commands[@]} > 0)) || { echo "run_readme.sh: README.md has no commands" >&2; exit 1; }
for command in "${commands[@]}"; do
  echo "\$ $command"
  case $command in
    *"model.stapes"*) [[ -e model.stapes ]] || cp "$(find results -path '*int8*/model.stapes' | head -n 1)" model.stapes ;;&
    "stapes listen model.stapes") command+=" $(find "$PWD/clips/zero" -name '*.flac' | head -n 1)" ;;
  esac
  bash -c "$command" > output 2>&1 < /dev/null || { cat output; echo "run_readme.sh: failed: $command" >&2; exit 1; }
  case $command in
    "stapes new"*) sed -i 's/^epochs = .*/epochs = 2/; s/^\(activation-epochs\|eval-every\) = .*/\1 = 1/' plan.toml ;;
  esac
done
echo "${#commands[@]} commands of README.md passed"
