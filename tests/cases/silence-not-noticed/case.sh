# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
. "$CASES/common.sh"
need sox ffmpeg python3

mkdir -p d/bat d/phase
for i in a b c; do
  sox -r 384000 -n -b 16 d/bat/$i.wav synth 0.5 sine 45000 vol 0.5
  sox -r 16000 -n -b 16 m.wav synth 0.5 pinknoise vol 0.7
  sox m.wav d/phase/$i.wav remix 1v0.999 1v-1
done
"$STAPES" data import folders d -o o.data --source-pattern '(.*)' 2> err
expect_text err "clips below -60 dBFS" "when they are resampled to 20000 Hz: bat/a.wav" "--sample-rate, up to 384000 Hz" \
  "mixed down: phase/a.wav" "--channel left"
"$STAPES" data info o.data > info 2>&1
expect_text info "clips below -60 dBFS" "bat/a.wav" "phase/a.wav"
"$STAPES" data import folders d -o left.data --source-pattern '(.*)' --channel left --sample-rate 384000 2> err
refuse_text err dBFS resampling "mixed down"
