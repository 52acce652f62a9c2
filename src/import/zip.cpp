// SPDX-License-Identifier: Apache-2.0
#include "import/zip.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "import/byte_reader.h"

namespace stapes::imports {
namespace {

constexpr std::uint32_t kLocalMagic = 0x04034b50, kCentralMagic = 0x02014b50, kEndMagic = 0x06054b50;
constexpr std::size_t kEndBytes = 22, kLongestComment = 0xffff;
constexpr std::uint32_t kInZip64 = 0xffffffff;  // means "see the zip64 record"; only in archives of 4 GiB or more
constexpr std::string_view kWhat = "the zip archive";

struct Directory {
  std::uint32_t begin = 0, bytes = 0;
  std::uint16_t entry_count = 0;
};

// Only a comment of unknown length follows the end record.
Directory find_directory(std::span<const std::byte> bytes) {
  if (bytes.size() < kEndBytes) throw Error("the zip archive has only {} bytes", bytes.size());
  const std::size_t last = bytes.size() - kEndBytes;
  for (std::size_t back = 0; back <= std::min(last, kLongestComment); ++back) {
    ByteReader reader(bytes, kWhat, last - back);
    if (reader.number<std::uint32_t>() != kEndMagic) continue;
    const auto disk = reader.number<std::uint16_t>(), directory_disk = reader.number<std::uint16_t>();
    const auto on_this_disk = reader.number<std::uint16_t>(), entry_count = reader.number<std::uint16_t>();
    const auto size = reader.number<std::uint32_t>(), begin = reader.number<std::uint32_t>();
    if (reader.number<std::uint16_t>() != back) continue;  // the comment must reach the end of the file
    if (disk != 0 || directory_disk != 0 || on_this_disk != entry_count)
      throw Error("the zip archive is one part of a split archive; expected a single file");
    if (begin == kInZip64 || size == kInZip64 || entry_count == 0xffff)
      throw Error("the zip archive is in zip64 format (4 GiB or more), which is not supported");
    if (std::uint64_t{begin} + size > last - back) throw Error("the zip archive's directory is outside the file");
    return {.begin = begin, .bytes = size, .entry_count = entry_count};
  }
  throw Error("the zip archive has no directory at its end: the file is cut short or damaged");
}

std::uint32_t crc32(std::span<const std::byte> bytes) {  // IEEE 802.3, reflected
  static const auto table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < made.size(); ++i) {
      std::uint32_t c = i;
      for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ ((c & 1) != 0 ? 0xedb88320u : 0u);
      made[i] = c;
    }
    return made;
  }();
  std::uint32_t crc = ~0u;
  for (const std::byte b : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<std::uint32_t>(b)) & 0xff];
  return ~crc;
}

// The local header repeats the directory's entry. Data follows.
std::span<const std::byte> entry_data(std::span<const std::byte> bytes, std::uint32_t header, std::uint32_t size,
                                      std::string_view name) {
  ByteReader local(bytes, kWhat, header);
  if (local.number<std::uint32_t>() != kLocalMagic)
    throw Error("zip entry {} does not begin where the directory says", printable(name));
  local.take(22);  // version to sizes, which may be 0 here; the directory has them
  const auto name_bytes = local.number<std::uint16_t>(), extra_bytes = local.number<std::uint16_t>();
  if (local.text(name_bytes) != name)
    throw Error("zip entry {} has a different name in its local header", printable(name));
  local.take(extra_bytes);
  return local.take(size);
}

struct DirectoryEntry {
  std::uint16_t flags = 0, method = 0;
  std::uint32_t crc = 0, packed_bytes = 0, bytes = 0, header = 0;
  std::string_view name;
};

DirectoryEntry read_entry(ByteReader& directory) {
  if (directory.number<std::uint32_t>() != kCentralMagic) {
    throw Error("the zip archive's directory is damaged at byte {}", directory.position());
  }
  DirectoryEntry entry;
  directory.take(4);  // versions
  entry.flags = directory.number<std::uint16_t>();
  entry.method = directory.number<std::uint16_t>();
  directory.take(4);  // time
  entry.crc = directory.number<std::uint32_t>();
  entry.packed_bytes = directory.number<std::uint32_t>();
  entry.bytes = directory.number<std::uint32_t>();
  const auto name_bytes = directory.number<std::uint16_t>(), extra_bytes = directory.number<std::uint16_t>();
  const auto comment_bytes = directory.number<std::uint16_t>();
  directory.take(8);  // disk, attributes
  entry.header = directory.number<std::uint32_t>();
  entry.name = directory.text(name_bytes);
  directory.take(std::uint64_t{extra_bytes} + comment_bytes);
  return entry;
}

ByteReader reader_of(const Directory& directory, std::span<const std::byte> bytes) {
  return {bytes.first(directory.begin + std::size_t{directory.bytes}), "the zip archive's directory", directory.begin};
}

}  // namespace

bool ZipArchive::is_zip(std::span<const std::byte> bytes) {
  return bytes.size() >= 4 && ByteReader(bytes, kWhat).number<std::uint32_t>() == kLocalMagic;
}

ZipArchive::ZipArchive(std::span<const std::byte> bytes) {
  const Directory directory = find_directory(bytes);
  ByteReader reader = reader_of(directory, bytes);
  for (int i = 0; i < directory.entry_count; ++i) add_entry(reader, bytes.first(directory.begin));
  check_overlaps();
  for (const auto& [name, entry] : entries_) {
    if (crc32(entry.data) != entry.crc) {
      throw Error("zip entry {} is damaged: its CRC-32 does not match", printable(name));
    }
  }
}

std::vector<std::string> ZipArchive::names(std::span<const std::byte> bytes) {
  std::vector<std::string> names;
  try {
    const Directory directory = find_directory(bytes);
    ByteReader reader = reader_of(directory, bytes);
    for (int i = 0; i < directory.entry_count; ++i) names.emplace_back(read_entry(reader).name);
  } catch (const Error&) {  // keep the names read so far
  }
  return names;
}

void ZipArchive::add_entry(ByteReader& directory, std::span<const std::byte> before_directory) {
  const DirectoryEntry entry = read_entry(directory);
  const std::string_view name = entry.name;
  if ((entry.flags & 1) != 0) throw Error("zip entry {} is encrypted", printable(name));
  if (entry.method != 0 || entry.packed_bytes != entry.bytes) {
    throw Error("zip entry {} is compressed; torch.save stores entries uncompressed", printable(name));
  }
  if (entry.bytes == kInZip64 || entry.header == kInZip64)
    throw Error("zip entry {} is in zip64 format (4 GiB or more), which is not supported", printable(name));
  const auto data = entry_data(before_directory, entry.header, entry.bytes, name);
  const std::size_t end = static_cast<std::size_t>(data.data() - before_directory.data()) + entry.bytes;
  if (!entries_.emplace(name, Entry{.begin = entry.header, .end = end, .data = data, .crc = entry.crc}).second) {
    throw Error("the zip archive holds {} twice", printable(name));
  }
}

void ZipArchive::check_overlaps() const {
  std::vector<const Entry*> by_place;
  for (const auto& [name, entry] : entries_) by_place.push_back(&entry);
  std::sort(by_place.begin(), by_place.end(), [](const Entry* a, const Entry* b) { return a->begin < b->begin; });
  for (std::size_t i = 1; i < by_place.size(); ++i) {
    if (by_place[i - 1]->end > by_place[i]->begin) {
      throw Error("entries of the zip archive overlap at byte {}", by_place[i]->begin);
    }
  }
}

std::span<const std::byte> ZipArchive::read(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw Error("the zip archive has no entry {}", printable(name));
  return found->second.data;
}

std::string ZipArchive::find_unique(std::string_view file) const {
  std::string found;
  for (const auto& [name, entry] : entries_) {
    const auto slash = name.rfind('/');
    if (std::string_view(name).substr(slash == std::string::npos ? 0 : slash + 1) != file) continue;
    if (!found.empty())
      throw Error("the zip archive has {} and {}; expected only one", printable(found), printable(name));
    found = name;
  }
  if (found.empty()) throw Error("the zip archive has no {}: it was not written by torch.save", file);
  return found;
}

}  // namespace stapes::imports
