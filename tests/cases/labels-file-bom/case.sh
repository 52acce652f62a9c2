# SPDX-License-Identifier: Apache-2.0
set -uo pipefail
. "$CASES/common.sh"
weights=${STAPES_TEST_DATA:-$CASES/../../../shared}/weights/micro_acdnet_esc10_fold4.pt
[[ -e $weights ]] || { echo "needs $weights"; exit 77; }
{ printf '\xef\xbb\xbf'; printf 'c%s \t\r\n' 0 1 2 3 4 5 6 7 8 9; printf '\r\n'; } > l.txt
"$STAPES" import-torch "$weights" --labels l.txt -o m.stapes > /dev/null || exit 1
"$STAPES" info m.stapes --json | grep -q '"labels":\["c0","c1","c2","c3","c4","c5","c6","c7","c8","c9"\]' || exit 1
