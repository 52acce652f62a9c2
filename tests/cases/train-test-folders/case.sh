# SPDX-License-Identifier: Apache-2.0
set -uo pipefail
. "$CASES/common.sh"
need sox

for s in train test val; do
  for k in dog cat; do
    mkdir -p d/$s/$k
    for i in a b c; do tone d/$s/$k/$i.wav 440; done
  done
done
"$STAPES" data import folders d --sample-rate 16000 -o o.data > out 2> err || exit 1
expect_text err "using train/, test/ and val/ as a published split"
"$STAPES" data info o.data 2> /dev/null | grep -q 'test *train *valid' || exit 1
"$STAPES" data info o.data --json 2> /dev/null | grep -q '"published_split":true' || exit 1
rm -r d/test
"$STAPES" data import folders d --sample-rate 16000 -o half.data > out 2> err
[[ $? == 1 && ! -e half.data ]] && expect_text err "rename it to test/"
