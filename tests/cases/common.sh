# SPDX-License-Identifier: Apache-2.0
# Sourced by case.sh files.

# need PROGRAM...: ends the case as skipped if one is missing.
need() {
  local program
  for program in "$@"; do
    command -v "$program" > /dev/null || { echo "needs $program"; exit 77; }
  done
}

fail() {
  echo "$*"
  exit 1
}

# tone FILE HZ [SECONDS] [RATE]: a sine of half amplitude, 16 bits.
tone() { sox -r "${4:-16000}" -n -b 16 "$1" synth "${3:-0.5}" sine "$2" vol 0.5; }

# expect_seconds DATA CLASS SECONDS TOLERANCE: the data set holds this much sound of the class.
expect_seconds() {
  "$STAPES" data info "$1" --json | python3 -c '
import json, sys
label, want, tolerance = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
got = {c["label"]: c["seconds"] for c in json.load(sys.stdin)["classes"]}
if label not in got or abs(got[label] - want) > tolerance:
    sys.exit("class %s: wanted %g s, got %s" % (label, want, got.get(label, "nothing")))
' "$2" "$3" "$4" || exit 1
}

# expect_text FILE TEXT...: the file contains each text.
expect_text() {
  local file=$1 text
  shift
  for text in "$@"; do grep -qF -- "$text" "$file" || fail "no \"$text\" in: $(cat "$file")"; done
}

# refuse_text FILE TEXT...: the file contains none of the texts.
refuse_text() {
  local file=$1 text
  shift
  for text in "$@"; do ! grep -qF -- "$text" "$file" || fail "\"$text\" in: $(cat "$file")"; done
}
