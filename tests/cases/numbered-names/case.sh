# SPDX-License-Identifier: Apache-2.0
set -uo pipefail
. "$CASES/common.sh"
need sox
"$STAPES" train --help > /dev/null 2>&1 || { echo "needs training"; exit 77; }

mkdir -p d/dog d/cat
for i in 1 2 3 4 5 6 7 8; do
  tone d/dog/dog_$i.wav $((300 + i * 10))
  tone d/cat/cat_$i.wav $((900 + i * 10))
done
"$STAPES" data import folders d --sample-rate 16000 -o o.data > out 2> err || exit 1
expect_text err "only number the files"
for fold in 1 2 5; do
  "$STAPES" train o.data --fold $fold --epochs 1 --threads 1 --model nano-acdnet -o r$fold > out 2>&1 || exit 1
done
