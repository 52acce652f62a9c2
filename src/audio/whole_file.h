// SPDX-License-Identifier: Apache-2.0
// whole_file.h: was this file cut short? libsndfile quietly shortens what a WAV or Ogg file promises to what is there.
#pragma once

#include <cstddef>
#include <span>

namespace stapes {

// True if `file` is RIFF/WAVE with less sample data than its header promises, or Ogg without its last page. A WAV
// length of 0x7FFFF000 or more is what programs write into a pipe before they know it: no promise.
// False for every other kind of file, whole or not.
bool is_cut_short(std::span<const std::byte> file);

}  // namespace stapes
