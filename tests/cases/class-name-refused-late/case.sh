# SPDX-License-Identifier: Apache-2.0
set -uo pipefail
. "$CASES/common.sh"
need sox

for k in cat $'do\tg' $'\e]0;title\abird'; do
  mkdir -p "d/$k"
  for i in 1 2 3 4 5 6; do tone "d/$k/n$i.wav" $((200 + i * 90)); done
done
"$STAPES" data import folders d --sample-rate 16000 -o o.data > out 2> err
[[ $? == 1 && ! -e o.data ]] || fail "$(cat out err)"
grep -q 'class name .* has a control character.*rename its folder' err || exit 1
! grep -q $'\e' out err || exit 1
rm -r "d/"$'\e]0;title\abird'
"$STAPES" data import folders d --sample-rate 16000 -o o.data > out 2> err
[[ $? == 1 ]] || fail "$(cat out err)"
expect_text err 'do\tg'
