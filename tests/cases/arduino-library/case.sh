#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# STAPES: the program. The working directory is an empty scratch folder.
set -eu
results=$(cd "$(dirname "$0")/../../../results" && pwd)
compiler="arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -Os -fno-rtti -fno-exceptions -Wall -Werror"
command -v arm-none-eabi-g++ > /dev/null || exit 77
int8=$(ls "$results"/*/cells/*micro-int8*/model.stapes 2> /dev/null | head -1)
xnor=$(ls "$results"/*/cells/*micro-xnor*/model.stapes 2> /dev/null | head -1)
[ -n "$int8" ] && [ -n "$xnor" ] || exit 77

"$STAPES" export "$int8" --target arduino -o one --name one -q
"$STAPES" export "$xnor" --target arduino -o two --name two -q

sources=$(find one/src two/src -name '*.cpp')
for standard in gnu++14 gnu++17 gnu++20; do
  for source in $sources; do
    $compiler -std=$standard -Ione/src -Itwo/src -fsyntax-only "$source" || { echo "$source: $standard"; exit 1; }
  done
done
for source in $sources; do
  errors=$($compiler -std=gnu++11 -Ione/src -Itwo/src -fsyntax-only "$source" 2>&1 | grep -c 'error:' || true)
  [ "$errors" = 1 ] || { echo "$source: $errors errors as gnu++11, not 1"; exit 1; }
done

for order in "-Ione/src -Itwo/src" "-Itwo/src -Ione/src"; do
  rm -rf objects && mkdir objects
  for source in $sources; do
    $compiler -std=gnu++14 $order -c "$source" -o "objects/$(echo "$source" | tr / _).o"
  done
  $compiler -nostdlib -r objects/*.o -o all.o || { echo "two exports do not link: $order"; exit 1; }
done
