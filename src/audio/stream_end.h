// SPDX-License-Identifier: Apache-2.0
// stream_end.h: detects incomplete Ogg and FLAC streams.
#pragma once

#include <optional>
#include <string_view>

#include "audio/byte_source.h"

namespace stapes {

bool is_ogg(const ByteSource& file);
bool is_flac(const ByteSource& file);  // ID3 tags may precede it

// Why an Ogg or FLAC stream is incomplete; otherwise nothing. The last Ogg page must be complete, end at a packet
// boundary and follow some sound; the end-of-stream flag is optional. FLAC of undeclared length must end in a frame
// with a valid checksum.
std::optional<std::string_view> stream_cut_short(const ByteSource& file);

}  // namespace stapes
