# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
. "$CASES/common.sh"
need sox ffmpeg python3

tone p.wav 440 6
ffmpeg -v error -i p.wav -c:a libvorbis p.ogg
ffmpeg -v error -i p.ogg -f segment -segment_time 2 -c copy s%d.ogg
for i in 0 1 2; do mkdir -p c/$i && cp s$i.ogg c/$i; done
mkdir c/half
head -c $(($(stat -c %s s1.ogg) / 2)) s1.ogg > c/half/a.ogg
"$STAPES" data import folders c --sample-rate 16000 -o o.data 2> err
for i in 0 1 2; do expect_seconds o.data $i 2 0.1; done
expect_text err "half/a.ogg is cut short"
