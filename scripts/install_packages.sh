#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the missing Debian packages for building and running Stapes. A second run needs no network.
# In a terminal it asks first, unless --install or CI=true is given.
# "device": only those for measuring models on an emulated Cortex-M4. "tests": also those for the tests.
# Usage: scripts/install_packages.sh [--install] [device | tests]
set -euo pipefail

ask=no tests=no device=no
if [[ -t 0 && ${CI:-} != true ]]; then ask=yes; fi
for argument in "$@"; do
  case $argument in
    --install) ask=no ;;
    tests) tests=yes ;;
    device) device=yes ;;
    *)
      echo "install_packages: unknown argument '$argument'; usage: scripts/install_packages.sh [--install] [device | tests]" >&2
      exit 2
      ;;
  esac
done

packages=(
  cmake ninja-build g++ pkg-config           # build
  flatbuffers-compiler libflatbuffers-dev    # packed models
  protobuf-compiler libprotobuf-dev          # ONNX models
  libtorch-dev libopenblas0-pthread          # training; without OpenBLAS, a slow BLAS
  libsndfile1-dev libmpg123-dev libsoxr-dev libkissfft-dev # sound
  portaudio19-dev                            # microphones
  libpng-dev libturbojpeg0-dev               # images
  libcli11-dev nlohmann-json3-dev libfmt-dev libutf8proc-dev libtomlplusplus-dev # command line, JSON, text, plans
  espeak-ng                                  # speaks the built-in data set
)
device_packages=(
  gcc-arm-none-eabi libnewlib-arm-none-eabi  # compiles exports for Cortex-M
  make                                       # builds their libraries
  qemu-system-arm                            # runs them
)
if [[ $device == yes ]]; then packages=("${device_packages[@]}"); fi
if [[ $tests == yes ]]; then
  packages+=("${device_packages[@]}")
  packages+=(libgtest-dev libgmock-dev libbenchmark-dev)
  packages+=(ccache clang-format dpkg-dev)               # faster builds, style, Debian packages
  packages+=(g++-aarch64-linux-gnu qemu-user googletest) # kernels for ARM, run in an emulator
  packages+=(clang libclang-rt-dev)                      # fuzzing
  packages+=(lld wasi-libc libc++-dev-wasm32 libclang-rt-dev-wasm32) # the runtime for browsers
  packages+=(gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc) # exports for RISC-V, emulator
  packages+=(libxml2-utils)                              # checks manifests of packages
  packages+=(zsh groff-base)                             # read the completion script and the man pages
  packages+=(python3-torch)                              # exports networks to ONNX
  packages+=(python3-numpy)                              # arrays for the Python package
  packages+=(chromium fonts-dejavu-core)                 # displays the report, runs the demo
  packages+=(sox libsox-fmt-mp3 ffmpeg python3)          # make the unusual files of tests/cases
  packages+=(slurm-wlm munge)                            # a cluster of one machine, for studies
fi

if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
  echo "install_packages: this is not a Debian system; install the equivalents of: ${packages[*]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2> /dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  echo "All packages are installed."
  exit 0
fi

# "111 MB to download, 920 MB on disk": apt's figures, unknown before the first apt-get update.
size_of() {
  local said download disk
  said=$(LC_ALL=C apt-get install --assume-no --no-install-recommends -o Debug::NoLocking=1 "$@" 2> /dev/null || true)
  download=$(sed -nE 's|^Need to get ([^ /]+ [kMG]?B).*|\1|p' <<< "$said")
  disk=$(sed -nE 's|^After this operation, ([^ ]+ [kMG]?B) of additional.*|\1|p' <<< "$said")
  if [[ -n $disk ]]; then
    echo "${download:-nothing} to download, $disk on disk"
  elif [[ $device == yes ]]; then
    echo "about 111 MB to download, 920 MB on disk" # Debian 12, all of them
  else
    echo "size unknown before apt-get update"
  fi
}

echo "Missing packages: ${missing[*]} ($(size_of "${missing[@]}"))"
if [[ $ask == yes ]]; then
  read -r -p "Install them now? [Y/n] " answer || answer=n
  if [[ ! $answer =~ ^([Yy]|[Yy][Ee][Ss])?$ ]]; then
    echo "install_packages: nothing installed; to continue, run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo > /dev/null; then
    echo "install_packages: run as root, or first run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
