// SPDX-License-Identifier: Apache-2.0
// stream_end.h: Ogg and FLAC are streams: whether one is whole shows at its end, in its last page or frame.
#pragma once

#include <optional>
#include <string_view>

#include "audio/byte_source.h"

namespace stapes {

bool is_ogg(const ByteSource& file);
bool is_flac(const ByteSource& file);  // ID3 tags may precede it

// Why this Ogg or FLAC stream is not whole; nothing when it is, or when it is neither.
// Ogg: a last page with fewer bytes than it declares, whose last packet goes on, or that precedes any sound. A last
// page without the flag "end of stream" is whole: recorders and splitters leave it out. FLAC that declares its length
// is left to the decoder; else the file must end with a frame whose checksum is right.
std::optional<std::string_view> stream_cut_short(const ByteSource& file);

}  // namespace stapes
