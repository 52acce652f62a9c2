#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the commands of README.md and docs/tutorials/*.md, each page in its own folder, in order.
# A command is a line indented by four spaces, with its continuation lines. Files that the reader should save are
# written first. Training is shortened, and small stand-ins replace the reader's recordings and microphone.
# Last line: N passed, N failed, N skipped (commands of pages without their test data).
#
# Usage: scripts/run_docs.sh [BUILD] [PAGE...]
#   BUILD  folder with stapes (default build/release), built with STAPES_WEB=ON
#   PAGE   pages to run, such as README.md (default: all)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/release
if (($# > 0)) && [[ $1 != *.md ]]; then build=$1; shift; fi
[[ -x $build/stapes ]] || { echo "run_docs.sh: no program '$build/stapes'; build it, or name its folder" >&2; exit 2; }
PATH=$(cd "$build" && pwd):$PATH
data=${STAPES_TEST_DATA:-$root/../shared}/data
pages=("$@")
if ((${#pages[@]} == 0)); then mapfile -t pages < <(cd "$root" && ls README.md docs/tutorials/*.md); fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ---- Before the first command of a page, in its folder ---------------------------------------------------------------
two_digits() {  # clips/zero and clips/one, of all speakers
  mkdir -p clips/zero clips/one
  cp "$data"/fsdd/0/*_[0-3].flac clips/zero/
  cp "$data"/fsdd/1/*_[0-3].flac clips/one/
}
setup_README() {
  two_digits
  cp "$root/networks/ds-cnn.toml" my.toml
  cp "$root/tests/import/tflite/int8.tflite" kws.tflite
}
setup_your_sounds() { two_digits; }
setup_onto_a_board() {  # after the first tutorial
  local commands
  if [[ -d $work/first_model ]]; then
    cp -r "$work/first_model/." .
    return
  fi
  mapfile -t commands < <(commands_of "$root/docs/tutorials/first-model.md")
  for command in "${commands[@]}"; do run "$command" || return 1; done
}
setup_wake_word() {
  mkdir -p clips/computer clips/speech noise held-out
  local sound
  for sound in computer speech; do
    find "$data/wakeword/$sound/" -name '*.ogg' | sort | sed -n 1,60p | xargs cp -t "clips/$sound"
    find "$data/wakeword/$sound/" -name '*.ogg' | sort | tail -n 1 | xargs -I{} cp {} "held-out/$sound.ogg"
  done
  find "$data/ESC-50/audio/" -name '*-9.*' | sort | sed -n 1,40p | xargs cp -t noise
  mv held-out/computer.ogg held-out/words.wav
  mv held-out/speech.ogg held-out/speech.flac
  find "$data/ESC-50/audio/" -name '*-9.*' | sort | tail -n 1 | xargs -I{} cp {} held-out/noise.flac
  printf '0.5\t1.0\tcomputer\n' > held-out/words.txt
}
needs() {  # page: what it needs, one per line
  case $1 in
    README | your_sounds) echo "$data/fsdd" ;;
    wake_word) printf '%s\n' "$data/wakeword" "$data/ESC-50" ;;
  esac
}

# ---- Commands --------------------------------------------------------------------------------------------------------
# Not run: building, ./quickstart and ./check.
not_run='^(\./|scripts/install_packages\.sh|cmake |export PATH=)'
commands_of() {
  sed -n '/^```/,/^```/d; s/^    \(.*\)/\1/p' "$1" | sed -e ':join' -e '/\\$/{N;s/ *\\\n */ /;b join' -e '}' |
    sed 's/   *#.*//' | { grep -vE "$not_run" || true; }
}
files_of() {  # page: writes each "Save this as `NAME`" with the fenced block after it
  awk '/Save this as `/ { name = $0; sub(/.*Save this as `/, "", name); sub(/`.*/, "", name) }
       /^```/ { if (inside) { inside = 0; name = "" } else if (name != "") { inside = 1; next } }
       inside { print > name }' "$1"
}
live='^stapes listen [^ ]+$'  # from the microphone
# Two epochs train nothing useful, but later commands find the files they expect.
shorten='s/--epochs [0-9]+/--epochs 2/; s/--activation-epochs [0-9]+/--activation-epochs 1/
         s/^stapes data keywords/& --limit-voices 10/; s/--target 2 /--target 1000 /; s/^stapes train/& --threads 1/'
run() {
  local command
  command=$(sed -E "$shorten" <<< "$1")
  case $command in
    *model.stapes*)
      [[ -e model.stapes ]] || cp "$(find results -path '*int8*/model.stapes' | head -n 1)" model.stapes || return 1
      ;;
  esac
  if [[ $command =~ $live ]]; then
    command+=" $(find "$PWD" -name '*.flac' -o -name '*.wav' -o -name '*.ogg' | sort | head -n 1)"
  fi
  bash -o pipefail -c "$command" > output 2>&1 < /dev/null || {
    cat output
    echo "run_docs.sh: $page: failed: $command" >&2
    return 1
  }
  case $command in
    "stapes new"*) sed -i 's/^epochs = .*/epochs = 2/; s/^\(activation-epochs\|eval-every\) = .*/\1 = 1/' plan.toml ;;
  esac
}

# ---- Pages -----------------------------------------------------------------------------------------------------------
passed=0 skipped=0
fail() {
  echo "$passed passed, 1 failed, $skipped skipped"
  exit 1
}
for page in "${pages[@]}"; do
  name=$(basename "$page" .md)
  name=${name//-/_} begin=$SECONDS missing=''
  while read -r path; do [[ -e $path ]] || missing=$path; done < <(needs "$name")
  mapfile -t commands < <(commands_of "$root/$page")
  ((${#commands[@]} > 0)) || { echo "run_docs.sh: $page has no commands to run" >&2; fail; }
  if [[ -n $missing ]]; then
    echo "$page: skipped: no '$missing'"
    skipped=$((skipped + ${#commands[@]}))
    continue
  fi
  mkdir "$work/$name"
  cd "$work/$name"
  files_of "$root/$page"
  if declare -F "setup_$name" > /dev/null; then
    set +e  # bash ignores -e in a command whose status is tested
    (set -e; "setup_$name")
    status=$?
    set -e
    ((status == 0)) || { echo "run_docs.sh: $page: its setup failed" >&2; fail; }
  fi
  for command in "${commands[@]}"; do
    echo "  \$ $command"
    run "$command" || fail
    passed=$((passed + 1))
  done
  cd "$root"
  echo "$page: ${#commands[@]} commands passed in $((SECONDS - begin)) s"
done
echo "$passed passed, 0 failed, $skipped skipped"
