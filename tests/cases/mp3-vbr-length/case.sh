# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
. "$CASES/common.sh"
need sox ffmpeg python3

sox -n -r 44100 -c 1 -b 16 long.wav synth 10 sine 300 vol 0.1 : synth 20 pinknoise vol 0.6
mkdir -p c/pipe c/xing0 c/xing100 c/vbr_in_wav c/cbr_in_wav
ffmpeg -v error -i long.wav -q:a 4 -f mp3 - | cat > c/pipe/a.mp3
ffmpeg -v error -i long.wav -q:a 4 full.mp3
python3 - <<'P'
whole = open('full.mp3', 'rb').read()
frames = whole.find(b'Xing') + 8
for name, count in ('xing0', 0), ('xing100', 100):
    open('c/%s/a.mp3' % name, 'wb').write(whole[:frames] + count.to_bytes(4, 'big') + whole[frames + 4:])
P
ffmpeg -v error -i long.wav -c:a libmp3lame -q:a 4 c/vbr_in_wav/a.wav
ffmpeg -v error -i long.wav -c:a libmp3lame -b:a 64k c/cbr_in_wav/a.wav
"$STAPES" data import folders c --sample-rate 44100 -o o.data 2> err
for class in pipe xing0 xing100 vbr_in_wav cbr_in_wav; do expect_seconds o.data $class 30 0.1; done
expect_text err "xing100/a.mp3 declares 100 MPEG frames"
