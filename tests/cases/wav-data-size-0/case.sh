# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
. "$CASES/common.sh"
need sox ffmpeg python3

tone p.wav 440 1
mkdir -p c/riff0 c/riff8 c/riff36
python3 - <<'P'
import struct
whole = open('p.wav', 'rb').read()
for size in 0, 8, 36:
    head = whole[:4] + struct.pack('<I', size) + whole[8:40] + struct.pack('<I', 0)
    open('c/riff%d/a.wav' % size, 'wb').write(head + whole[44:])
P
"$STAPES" data import folders c --sample-rate 16000 -o o.data 2> err
for size in 0 8 36; do
  expect_seconds o.data riff$size 1 0.001
  expect_text err "c/riff$size/a.wav has a header that was never finished"
done
