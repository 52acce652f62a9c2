// SPDX-License-Identifier: Apache-2.0
// stream_end.h: checks the last page or frame of Ogg and FLAC streams, which shows whether they are complete.
#pragma once

#include <optional>
#include <string_view>

#include "audio/byte_source.h"

namespace stapes {

bool is_ogg(const ByteSource& file);
bool is_flac(const ByteSource& file);  // ID3 tags may precede it

// Why this Ogg or FLAC stream is incomplete; nothing if it is complete or in another format. Ogg is incomplete if its
// last page has fewer bytes than declared, ends inside a packet, or precedes any sound. The "end of stream" flag is not
// required: recorders and splitters omit it. The decoder checks FLAC of declared length; other FLAC must end in a frame
// with a valid checksum.
std::optional<std::string_view> stream_cut_short(const ByteSource& file);

}  // namespace stapes
