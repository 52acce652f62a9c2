// SPDX-License-Identifier: Apache-2.0
// sound_format.h: recognizes the format of a sound file by its content.
#pragma once

#include <optional>
#include <string_view>

#include "audio/byte_source.h"
#include "audio/mpeg_frames.h"

namespace stapes {

// A common format that neither decoder reads, such as "WavPack (wv)"; empty for other files.
std::string_view unreadable_format(const ByteSource& file);

// Checks the first bytes; excludes MPEG audio.
bool has_sndfile_signature(const ByteSource& file);

// The range of MPEG audio; nothing unless the format tag is 0x50 or 0x55.
std::optional<ByteRange> mpeg_in_wav(const ByteSource& file);

// True for an ID3 tag or an MPEG frame sync. libsndfile must not open such files: its own MPEG decoder prints messages.
bool begins_like_mpeg(const ByteSource& file);

}  // namespace stapes
