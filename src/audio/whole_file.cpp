// SPDX-License-Identifier: Apache-2.0
#include "audio/whole_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "audio/chunks.h"
#include "audio/declared_end.h"
#include "audio/stream_end.h"
#include "base/error.h"

namespace stapes {
namespace {

constexpr std::uint64_t kStrayBytes = 4096;  // up to this many trailing bytes are metadata

[[noreturn]] void refuse(const std::string& name, std::string_view why) {
  throw Error("{} is cut short: {}; copy it again from its source", name, why);
}

std::array<std::byte, 8> as_bytes(std::uint64_t value, int bytes, ByteOrder order) {
  std::array<std::byte, 8> raw{};
  for (int i = 0; i < bytes; ++i) {
    const int place = order == ByteOrder::kLittle ? i : bytes - 1 - i;
    raw[static_cast<std::size_t>(place)] = static_cast<std::byte>(value >> (8 * i));
  }
  return raw;
}

// All bytes up to the end of the file are samples.
void extend(ByteSource& file, const ChunkLayout& layout, const Chunk& data) {
  std::uint64_t length = file.size() - data.begin;
  if (layout.counts_header) length += static_cast<std::uint64_t>(layout.name_bytes + layout.length_bytes);
  if (data.length_bytes == 4) length = std::min<std::uint64_t>(length, 0xFFFFFFFF);
  const auto raw = as_bytes(length, data.length_bytes, layout.order);
  file.overlay(data.length_at, std::span(raw).first(static_cast<std::size_t>(data.length_bytes)));
}

void require_whole_chunks(ByteSource& file, const ChunkLayout& layout, const std::string& name,
                          std::vector<std::string>& warnings) {
  const std::optional<Chunk> data = find_data_chunk(file, layout);
  if (!data) refuse(name, fmt::format("its {} header ends before any samples", layout.container));
  const std::uint64_t there = file.size() - data->begin;
  if (data->length >= layout.unknown_from) {
    extend(file, layout, *data);  // libsndfile treats some of these lengths as damage
    return;
  }
  if (data->length > there) {
    refuse(name, fmt::format("its header declares {} bytes of samples, but there are only {}", data->length, there));
  }
  const std::uint64_t behind = there - data->length;
  if (behind == 0 || chunk_follows(file, layout, data->begin + data->length)) return;
  if (data->length == 0) {
    warnings.push_back(
        fmt::format("{} has a header that was never finished (0 bytes of samples); the {} bytes up to the end of the "
                    "file were read",
                    name, there));
  } else if (behind > kStrayBytes) {
    warnings.push_back(
        fmt::format("{} declares {} bytes of samples; the {} bytes after them belong to no chunk and were "
                    "read as samples too",
                    name, data->length, behind));
  } else {
    return;
  }
  extend(file, layout, *data);
}

}  // namespace

void require_whole(ByteSource& file, const std::string& name, std::vector<std::string>& warnings) {
  if (const std::optional<ChunkLayout> layout = chunk_layout(file)) {
    require_whole_chunks(file, *layout, name, warnings);
  } else if (is_ogg(file) || is_flac(file)) {
    if (const std::optional<std::string_view> why = stream_cut_short(file)) refuse(name, *why);
  } else if (const DeclaredEnd end = declared_end(file, name, warnings); end.known) {
    if (end.offset > file.size()) {
      refuse(name, fmt::format("its header declares {} bytes, but there are only {}", end.offset, file.size()));
    }
  } else if (end.undeclared) {
    warnings.push_back(
        fmt::format("{} is in a format that declares no length, so truncation cannot be detected", name));
  }
}

}  // namespace stapes
