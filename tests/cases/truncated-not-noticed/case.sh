# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
. "$CASES/common.sh"
need sox ffmpeg python3

tone p.wav 440 1
for format in wav aiff au voc sph avr mat4 mat5 caf; do sox p.wav -t $format whole.$format; done
sox p.wav -B -t wav whole.rifx
ffmpeg -v error -i p.wav -rf64 always -f wav whole.rf64
ffmpeg -v error -i p.wav whole.w64
mkdir -p c/whole c/half
for file in whole.*; do
  cp "$file" c/whole
  head -c 16000 "$file" > "c/half/${file/whole/half}"
done
"$STAPES" data import folders c --sample-rate 16000 -o o.data 2> err
for file in whole.*; do expect_text err "c/half/${file/whole/half} is cut short"; done
expect_seconds o.data whole 12 0.01
