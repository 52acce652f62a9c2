// SPDX-License-Identifier: Apache-2.0
// stream_end.h: checks the last page or frame of Ogg and FLAC streams, which shows whether they are complete.
#pragma once

#include <optional>
#include <string_view>

#include "audio/byte_source.h"

namespace stapes {

bool is_ogg(const ByteSource& file);
bool is_flac(const ByteSource& file);  // ID3 tags may precede it

// Why an Ogg or FLAC stream is incomplete; nothing if it is complete or in another format. The last Ogg page must be
// complete, end at a packet boundary and follow some sound; many recorders omit the end-of-stream flag, so it is
// optional. FLAC must end in a frame with a valid checksum, unless it declares its length, which the decoder checks.
std::optional<std::string_view> stream_cut_short(const ByteSource& file);

}  // namespace stapes
