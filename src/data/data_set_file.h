// SPDX-License-Identifier: Apache-2.0
// data_set_file.h: the layout of a data-set file. Little-endian.
//
//   0   8  "STAPESDS"
//   8   4  format version, u32: 2 for features, otherwise 1
//   12  4  CRC-32C of this 64-byte header, with this field set to 0
//   16  8  bytes of samples, u64
//   24 40  zeros
//   64     samples of all clips, int16, in the order of the index; features: float32
//   then   zeros up to a multiple of 64
//   then   the index: a container (packed/container.h) around index.fbs, up to the end of the file
//
// The index comes last because an import streams samples to disk before the index is complete.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/content_hash.h"
#include "data/index_generated.h"
#include "packed/container.h"

namespace stapes {

inline constexpr ContainerKind kDataIndexContainer{"STAPESDX", 1};
inline constexpr std::size_t kDataHeaderBytes = 64;

struct DataHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t crc;
  std::uint64_t sample_bytes;
  std::uint8_t zeros[40];
};
static_assert(sizeof(DataHeader) == kDataHeaderBytes);

inline std::uint32_t header_crc(DataHeader header) {
  header.crc = 0;
  return crc32c(std::as_bytes(std::span(&header, 1)));
}

inline std::uint64_t index_offset(std::uint64_t sample_bytes) {
  return (kDataHeaderBytes + sample_bytes + 63) / 64 * 64;
}

inline std::uint64_t index_hash(const data::fb::IndexT& index) {
  ContentHash hash;
  hash.add(index.format);
  hash.add(std::uint64_t{index.sample_rate_hz});
  for (const auto& label : index.labels) hash.add(label);
  for (const auto& clip : index.clips) {
    hash.add(clip->name);
    hash.add(clip->source);
    hash.add(std::uint64_t{clip->label} << 32 | clip->fold);
    hash.add(clip->sample_count);
    hash.add(clip->hash);
  }
  if (index.image_height != 0) {  // skipped for sound, so that older hashes stay valid
    hash.add(std::uint64_t{index.image_height});
    hash.add(std::uint64_t{index.image_width});
    hash.add(std::uint64_t{index.image_channels});
  }
  if (index.feature_height != 0) {
    hash.add("features");
    hash.add(std::uint64_t{index.feature_height});
    hash.add(std::uint64_t{index.feature_width});
    hash.add(std::uint64_t{index.feature_channels});
  }
  return hash.value();
}

}  // namespace stapes
