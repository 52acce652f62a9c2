// SPDX-License-Identifier: Apache-2.0
#include "packed/container.h"

#include <bit>
#include <cstring>

namespace stapes {
namespace {

static_assert(std::endian::native == std::endian::little,
              "files and FlatBuffers vectors, which are little-endian, are read in place");

// Slicing-by-8: table[k][b] is the CRC of byte b followed by k zero bytes. About 8 times as fast as one table; models
// are checked at each load.
using CrcTable = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr CrcTable make_table() {
  CrcTable table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0u);
    table[0][byte] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = table[k - 1][byte];
      table[k][byte] = (before >> 8) ^ table[0][before & 0xFF];
    }
  }
  return table;
}

constexpr CrcTable kTable = make_table();

struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t crc;
  std::uint64_t payload_bytes;
  std::uint8_t zeros[40];
};
static_assert(sizeof(Header) == kContainerHeaderBytes && offsetof(Header, crc) == 12);

// Includes the version: a damaged file must not pass for an older one.
std::uint32_t checksum(const Header& header, std::span<const std::byte> payload) {
  return crc32c(payload, crc32c(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, crc))));
}

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) noexcept {
  std::uint32_t crc = ~before;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    word ^= crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= kTable[7 - k][(word >> (8 * k)) & 0xFF];
  }
  for (; left > 0; ++at, --left) crc = (crc >> 8) ^ kTable[0][(crc ^ std::to_integer<std::uint32_t>(*at)) & 0xFF];
  return ~crc;
}

std::array<std::byte, kContainerHeaderBytes> container_header(const ContainerKind& kind,
                                                              std::span<const std::byte> payload) noexcept {
  Header header{};
  kind.magic.copy(header.magic, sizeof header.magic);
  header.version = kind.version;
  header.payload_bytes = payload.size();
  header.crc = checksum(header, payload);
  return std::bit_cast<std::array<std::byte, kContainerHeaderBytes>>(header);
}

Status open_container(std::span<const std::byte> file, const ContainerKind& kind,
                      std::span<const std::byte>& payload) noexcept {
  payload = {};
  if (file.size() < kContainerHeaderBytes) return Status::kNotAModel;
  Header header;
  std::memcpy(&header, file.data(), sizeof header);
  if (std::string_view(header.magic, sizeof header.magic) != kind.magic) return Status::kNotAModel;
  if (header.version > kind.version) return Status::kTooNew;
  if (header.version == 0) return Status::kCorrupt;
  if (header.version < kind.oldest) return Status::kTooOld;
  for (const std::uint8_t zero : header.zeros) {
    if (zero != 0) return Status::kCorrupt;
  }
  const std::span<const std::byte> rest = file.subspan(kContainerHeaderBytes);
  if (header.payload_bytes > rest.size()) return Status::kNotAModel;
  if (header.payload_bytes < rest.size()) return Status::kCorrupt;
  if (checksum(header, rest) != header.crc) return Status::kCorrupt;
  payload = rest;
  return Status::kOk;
}

}  // namespace stapes
