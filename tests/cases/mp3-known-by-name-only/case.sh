# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
. "$CASES/common.sh"
need sox ffmpeg python3

tone p.wav 440 3 44100
ffmpeg -v error -i p.wav -b:a 64k -write_xing 0 p.mp3
mkdir -p c/plain c/zeros c/midframe
cp p.mp3 c/plain
{ head -c 1000 /dev/zero; cat p.mp3; } > c/zeros/a.mp3
tail -c +3000 p.mp3 > c/midframe/a.mp3
"$STAPES" data import folders c --sample-rate 44100 -o o.data 2> err
expect_seconds o.data plain 3 0.1
expect_seconds o.data zeros 3 0.1
expect_seconds o.data midframe 2.6 0.15
refuse_text err skipped
