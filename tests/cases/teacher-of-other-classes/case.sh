# SPDX-License-Identifier: Apache-2.0
set -uo pipefail
. "$CASES/common.sh"
need sox
"$STAPES" train --help > /dev/null 2>&1 || { echo "needs training"; exit 77; }

i=0
for k in up down left x y z; do
  i=$((i + 1))
  set=a
  ((i > 3)) && set=b
  mkdir -p $set/$k
  for j in a b c d e f; do tone $set/$k/$j.wav $((150 * i)); done
done
for set in a b; do "$STAPES" data import folders $set --sample-rate 16000 -o $set.data -q > /dev/null || exit 1; done
options=(--epochs 1 --threads 1 --model nano-acdnet -q)
"$STAPES" train a.data "${options[@]}" -o teacher > /dev/null || exit 1
"$STAPES" train b.data "${options[@]}" --teacher teacher -o student > out 2> err
[[ $? != 0 && ! -e student ]] || fail "$(cat out err)"
grep -q 'class 0 is down in the teacher .*, but x in the selection' err || exit 1
"$STAPES" train b.data --epochs 1 --threads 1 -q --init teacher -o started > out 2> err
[[ $? != 0 && ! -e started ]] || fail "$(cat out err)"
grep -q 'class 0 is down in the initial network .*, but x in the selection' err || exit 1
"$STAPES" train a.data "${options[@]}" --teacher teacher -o student > /dev/null || exit 1
