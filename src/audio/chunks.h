// SPDX-License-Identifier: Apache-2.0
// chunks.h: files made of chunks (name, length, data): WAV, AIFF, 8SVX, CAF.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "audio/byte_source.h"

namespace stapes {

struct ChunkLayout {
  std::string_view container;  // for messages and comparisons
  std::string_view data_name;  // of the chunk that holds the samples
  std::uint64_t first = 12;    // offset of the first chunk
  int name_bytes = 4, length_bytes = 4;
  ByteOrder order = ByteOrder::kLittle;
  std::uint64_t align = 2;         // chunks begin at multiples of this
  bool counts_header = false;      // the length includes the name and length fields
  std::uint64_t unknown_from = 0;  // lengths from here up mean "unknown"
};

struct Chunk {
  std::uint64_t length_at = 0;  // offset of its length field
  int length_bytes = 4;
  std::uint64_t begin = 0;   // of its content
  std::uint64_t length = 0;  // of its content, as declared
};

// Nothing if the layout is unknown.
std::optional<ChunkLayout> chunk_layout(const ByteSource& file);

// The first chunk called `name`; nothing if there is none or an earlier chunk extends past the end of the file.
std::optional<Chunk> find_chunk(const ByteSource& file, const ChunkLayout& layout, std::string_view name);

// The chunk of the samples, with its declared length, which RF64 stores in another chunk.
std::optional<Chunk> find_data_chunk(const ByteSource& file, const ChunkLayout& layout);

// Whether a chunk or the padding before a chunk begins at `offset`.
bool chunk_follows(const ByteSource& file, const ChunkLayout& layout, std::uint64_t offset);

}  // namespace stapes
