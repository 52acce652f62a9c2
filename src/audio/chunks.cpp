// SPDX-License-Identifier: Apache-2.0
#include "audio/chunks.h"

namespace stapes {
namespace {

// Placeholders for an unknown length, as in output to a pipe: 0x7FFFF000 (sox) to 0xFFFFFFFF in WAV, 0x7F000000 (sox)
// or more in AIFF, -1 in other formats.
constexpr std::uint64_t kUnknownRiff = 0x7FFFF000, kUnknownForm = 0x7F000000, kUnknown64 = std::uint64_t{1} << 62;

std::uint64_t content_length(const ByteSource& file, const ChunkLayout& layout, std::uint64_t at) {
  const std::uint64_t header = static_cast<std::uint64_t>(layout.name_bytes + layout.length_bytes);
  const std::uint64_t length =
      file.number(at + static_cast<std::uint64_t>(layout.name_bytes), layout.length_bytes, layout.order);
  if (!layout.counts_header) return length;
  return length < header ? 0 : length - header;
}

bool chunk_at(const ByteSource& file, const ChunkLayout& layout, std::uint64_t at) {
  const std::uint64_t header = static_cast<std::uint64_t>(layout.name_bytes + layout.length_bytes);
  if (at + header > file.size()) return false;
  for (std::uint64_t i = 0; i < 4; ++i) {
    if (file.at(at + i) < ' ' || file.at(at + i) > '~') return false;
  }
  return content_length(file, layout, at) <= file.size() - at - header + 1;  // + 1: the last chunk may lack padding
}

}  // namespace

std::optional<ChunkLayout> chunk_layout(const ByteSource& file) {
  const bool wave = file.has(8, "WAVE");
  if (file.has(0, "RIFF") && wave)
    return ChunkLayout{.container = "WAV", .data_name = "data", .unknown_from = kUnknownRiff};
  if (file.has(0, "RIFX") && wave) {
    return ChunkLayout{
        .container = "RIFX", .data_name = "data", .order = ByteOrder::kBig, .unknown_from = kUnknownRiff};
  }
  if ((file.has(0, "RF64") || file.has(0, "BW64")) && wave) {
    return ChunkLayout{.container = "RF64", .data_name = "data", .unknown_from = kUnknown64};
  }
  if (file.has(0, "riff") && file.has(24, "wave")) {
    return ChunkLayout{.container = "W64",
                       .data_name = "data",
                       .first = 40,
                       .name_bytes = 16,
                       .length_bytes = 8,
                       .align = 8,
                       .counts_header = true,
                       .unknown_from = kUnknown64};
  }
  if (file.has(0, "FORM") && (file.has(8, "AIFF") || file.has(8, "AIFC"))) {
    return ChunkLayout{
        .container = "AIFF", .data_name = "SSND", .order = ByteOrder::kBig, .unknown_from = kUnknownForm};
  }
  if (file.has(0, "FORM") && (file.has(8, "8SVX") || file.has(8, "16SV"))) {
    return ChunkLayout{.container = "SVX", .data_name = "BODY", .order = ByteOrder::kBig, .unknown_from = kUnknownForm};
  }
  if (file.has(0, "caff")) {
    return ChunkLayout{.container = "CAF",
                       .data_name = "data",
                       .first = 8,
                       .length_bytes = 8,
                       .order = ByteOrder::kBig,
                       .align = 1,
                       .unknown_from = kUnknown64};
  }
  return std::nullopt;
}

std::optional<Chunk> find_chunk(const ByteSource& file, const ChunkLayout& layout, std::string_view name) {
  const std::uint64_t header = static_cast<std::uint64_t>(layout.name_bytes + layout.length_bytes);
  std::uint64_t at = layout.first;
  while (at < file.size() && file.size() - at >= header) {
    const std::uint64_t length = content_length(file, layout, at), left = file.size() - at - header;
    if (file.has(at, name)) {
      return Chunk{.length_at = at + static_cast<std::uint64_t>(layout.name_bytes),
                   .length_bytes = layout.length_bytes,
                   .begin = at + header,
                   .length = length};
    }
    if (length >= left) break;
    at += header + length;
    at += (layout.align - at % layout.align) % layout.align;
  }
  return std::nullopt;
}

std::optional<Chunk> find_data_chunk(const ByteSource& file, const ChunkLayout& layout) {
  std::optional<Chunk> data = find_chunk(file, layout, layout.data_name);
  if (!data || layout.container != "RF64" || data->length != 0xFFFFFFFF) return data;
  const std::optional<Chunk> sizes = find_chunk(file, layout, "ds64");
  if (!sizes) return std::nullopt;
  data->length_at = sizes->begin + 8;  // after the size of the whole file
  data->length_bytes = 8;
  data->length = file.number(data->length_at, 8, layout.order);
  return data;
}

bool chunk_follows(const ByteSource& file, const ChunkLayout& layout, std::uint64_t offset) {
  const std::uint64_t padded = offset + (layout.align - offset % layout.align) % layout.align;
  return chunk_at(file, layout, offset) || chunk_at(file, layout, padded);
}

}  // namespace stapes
