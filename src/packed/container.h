// SPDX-License-Identifier: Apache-2.0
// container.h: the 64-byte header of all Stapes files, little-endian (docs/reference/format.md).
//
//   0   8  magic
//   8   4  format version, u32
//   12  4  CRC-32C of bytes 0 to 11, then the payload, u32
//   16  8  payload bytes, u64
//   24 40  zeros
//   64     payload, up to the end of the file; 64-byte aligned if the file is
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "stapes/status.h"

namespace stapes {

inline constexpr std::size_t kContainerHeaderBytes = 64;
inline constexpr std::size_t kContainerAlign = 64;

// `magic` has 8 characters.
struct ContainerKind {
  std::string_view magic;
  std::uint32_t version;
  std::uint32_t oldest = 1;  // oldest version that is still read
};

// What each version added:
//   models     2: 16-bit ConvI8; 3: mixed int8, sparse weights; 4: groups; 5: end padding
//   networks   2: options of the binary form; 3: the graph
//   data sets  2: features
inline constexpr ContainerKind kModelContainer{"STAPESMD", 5, 2};
inline constexpr ContainerKind kNetworkContainer{"STAPESNW", 3};
inline constexpr ContainerKind kDataContainer{"STAPESDS", 2};

// CRC-32C (Castagnoli). For data in parts, pass the previous result as `before`. crc32c("123456789") = 0xE3069283.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

std::array<std::byte, kContainerHeaderBytes> container_header(const ContainerKind& kind,
                                                              std::span<const std::byte> payload) noexcept;

// Sets `payload` to the bytes after the header, borrowed from `file`. Checks every byte of the file.
//   kNotAModel  another magic, or fewer bytes than the header promises
//   kTooNew     a later version of this kind
//   kTooOld     a version older than kind.oldest
//   kCorrupt    more bytes than promised, a reserved byte that is not 0, version 0, or a checksum mismatch
Status open_container(std::span<const std::byte> file, const ContainerKind& kind,
                      std::span<const std::byte>& payload) noexcept;

}  // namespace stapes
