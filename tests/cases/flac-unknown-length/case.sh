# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
. "$CASES/common.sh"
need sox ffmpeg python3

tone p.wav 440 1
tone q.wav 300 6
mkdir -p c/pipe c/first c/second c/half c/whole
ffmpeg -v error -i p.wav -f flac - | cat > c/pipe/a.flac
ffmpeg -v error -i q.wav -f segment -segment_time 3 s%d.flac
cp s0.flac c/first
cp s1.flac c/second
head -c 5000 c/pipe/a.flac > c/half/a.flac
cp p.wav c/whole
"$STAPES" data import folders c --sample-rate 16000 -o o.data 2> err
for class in pipe whole; do expect_seconds o.data $class 1 0.001; done
expect_seconds o.data first 3 0.1
expect_seconds o.data second 3 0.1
expect_text err "half/a.flac is cut short"
refuse_text err "9223372036854775807"
