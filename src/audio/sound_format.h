// SPDX-License-Identifier: Apache-2.0
// sound_format.h: what kind of sound file this is, by its content; its name is never looked at.
#pragma once

#include <optional>
#include <string_view>

#include "audio/byte_source.h"
#include "audio/mpeg_frames.h"

namespace stapes {

// "MPEG-4 (m4a, mp4, 3gp)" and others that people have and that neither decoder reads; empty for all else.
std::string_view unreadable_format(const ByteSource& file);

// A format that libsndfile tells by its first bytes. MPEG audio is none of them.
bool has_sndfile_signature(const ByteSource& file);

// The MPEG audio inside a WAV file (format tags 0x50 and 0x55); nothing for any other file.
std::optional<ByteRange> mpeg_in_wav(const ByteSource& file);

// Does it begin as MPEG audio does, whatever follows? libsndfile must not be asked about such a file: it would hand it
// to its own MPEG decoder, which prints.
bool begins_like_mpeg(const ByteSource& file);

}  // namespace stapes
