#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# STAPES: the program. The working directory is an empty scratch folder.
set -eu
results=$(cd "$(dirname "$0")/../../../results" && pwd)
first=$(ls "$results"/*/cells/*micro-int8*/model.stapes 2> /dev/null | head -1)
second=$(ls "$results"/*/cells/*micro-xnor*/model.stapes 2> /dev/null | head -1)
[ -n "$first" ] && [ -n "$second" ] || { echo "needs the models of results/"; exit 77; }

for round in $(seq 1 30); do
  rm -rf out
  "$STAPES" export "$first" --target host -o out --name first > /dev/null 2>&1 &
  one=$!
  sleep 0.0$((round % 6))
  "$STAPES" export "$second" --target host -o out --name second > /dev/null 2>&1 &
  two=$!
  status_one=0 status_two=0
  wait $one || status_one=$?
  wait $two || status_two=$?
  [ $status_one != 0 ] && [ $status_two != 0 ] && { echo "round $round: both failed"; exit 1; }
  [ $status_one = 0 ] && [ $status_two = 0 ] && { echo "round $round: both say that they wrote the folder"; exit 1; }
  winner=first loser=second
  [ $status_two = 0 ] && winner=second loser=first
  for file in include/$winner.h src/$winner.cpp src/${winner}_weights.cpp src/${winner}_self_test.cpp stapes_export.json; do
    [ -f "out/$file" ] || { echo "round $round: $winner ended in status 0 without $file"; exit 1; }
  done
  [ -z "$(find out -name "$loser*")" ] || { echo "round $round: files of $loser in the folder of $winner"; exit 1; }
  [ "$(ls)" = out ] || { echo "round $round: left behind: $(ls | tr '\n' ' ')"; exit 1; }
done
