# SPDX-License-Identifier: Apache-2.0
set -uo pipefail
. "$CASES/common.sh"
need sox
"$STAPES" train --help > /dev/null 2>&1 || { echo "needs training"; exit 77; }

for k in 1 2 3 4 5 6 7 8 9 10 11 12; do
  mkdir -p d/$k
  for i in a b c d e f; do tone d/$k/$i.wav $((k * 100 + 200)); done
done
"$STAPES" data import folders d --sample-rate 16000 -o o.data -q > /dev/null || exit 1
"$STAPES" data info o.data --json | grep -q '"label":"12"' || exit 1
"$STAPES" train o.data --classes 2,10 --epochs 1 --threads 1 --model nano-acdnet -o r > out 2> err || exit 1
expect_text err "classes 2,10 are 2, 10"
"$STAPES" pack r -o m.stapes > /dev/null && "$STAPES" info m.stapes --json | grep -q '"labels":\["2","10"\]' || exit 1
