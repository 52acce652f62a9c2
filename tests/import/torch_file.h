// SPDX-License-Identifier: Apache-2.0
// torch_file.h: writes small .pt files, correct or wrong in one place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "import/state_dict.h"

namespace stapes::test {

inline std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

inline StateDict parse(const std::string& file) { return parse_state_dict(bytes_of(file), "FILE.pt"); }

template <class T>
std::string little_endian(T value) {
  std::string out(sizeof(T), '\0');
  std::memcpy(out.data(), &value, sizeof(T));
  return out;
}

// Pickle opcodes: protocol 2 without its memo.
namespace pickled {
using namespace std::string_literals;
inline const std::string kBegin = "\x80\x02", kEnd = ".", kMark = "(", kNone = "N", kFalse = "\x89", kTrue = "\x88";
inline std::string text(const std::string& s) {
  std::string out = "X";  // not "X" + ...: GCC 12 would emit a false warning
  return out.append(little_endian(static_cast<std::uint32_t>(s.size()))).append(s);
}
inline std::string number(std::int64_t n) { return "\x8a\x08" + little_endian(n); }
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string tuple(const std::string& items) { return kMark + items + "t"; }
inline std::string list(const std::string& items) { return "]" + kMark + items + "e"; }
inline std::string dict(const std::string& pairs) { return "}" + kMark + pairs + "u"; }
inline std::string call(const std::string& function, const std::string& arguments) {
  return function + tuple(arguments) + "R";
}
inline std::string ordered_dict(const std::string& pairs) {
  return call(global("collections", "OrderedDict"), "") + kMark + pairs + "u";
}
}  // namespace pickled

// A tensor as torch describes it. Change a field to make the description wrong.
struct TensorText {
  std::string key = "0", type = "FloatStorage";
  std::int64_t storage_count = 6, offset = 0;
  std::vector<std::int64_t> sizes = {2, 3}, strides = {3, 1};
  bool old_format = false;

  std::string pickle() const {
    using namespace pickled;
    const std::string id = tuple(text("storage") + global("torch", type) + text(key) + text("cpu") +
                                 number(storage_count) + (old_format ? kNone : "")) +
                           "Q";
    return call(global("torch._utils", "_rebuild_tensor_v2"),
                id + number(offset) + tuple(numbers(sizes)) + tuple(numbers(strides)) + kFalse + ordered_dict(""));
  }
  static std::string numbers(const std::vector<std::int64_t>& all) {
    std::string out;
    for (const std::int64_t n : all) out += pickled::number(n);
    return out;
  }
};

inline std::uint32_t slow_crc32(const std::string& data) {  // bit by bit, without tables
  std::uint32_t crc = ~0u;
  for (const char c : data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

// A stored zip archive.
struct ZipText {
  struct Entry {
    std::string name, data;
    std::uint16_t flags = 0, method = 0;
    std::uint32_t extra_size = 0;  // added to the declared size
    std::uint32_t crc_error = 0;
    std::int64_t place_error = 0;  // added to the declared offset
  };
  std::vector<Entry> entries = {};

  std::string file() const {
    std::string out, directory;
    for (const Entry& e : entries) {
      const auto place = static_cast<std::uint32_t>(static_cast<std::int64_t>(out.size()) + e.place_error);
      const auto size = static_cast<std::uint32_t>(e.data.size()) + e.extra_size;
      const std::string common = le16(20) + le16(e.flags) + le16(e.method) + le32(0) +
                                 le32(slow_crc32(e.data) + e.crc_error) + le32(size) + le32(size) +
                                 le16(static_cast<std::uint16_t>(e.name.size())) + le16(0);
      out += "PK\x03\x04" + common + e.name + e.data;
      directory += "PK\x01\x02" + le16(20) + common + le16(0) + le16(0) + le16(0) + le32(0) + le32(place) + e.name;
    }
    const auto count = static_cast<std::uint16_t>(entries.size());
    return out + directory + "PK\x05\x06" + le16(0) + le16(0) + le16(count) + le16(count) +
           le32(static_cast<std::uint32_t>(directory.size())) + le32(static_cast<std::uint32_t>(out.size())) + le16(0);
  }
  static std::string le16(std::uint16_t v) { return little_endian(v); }
  static std::string le32(std::uint32_t v) { return little_endian(v); }
};

inline std::string floats(const std::vector<float>& values) {
  std::string out;
  for (const float v : values) out += little_endian(v);
  return out;
}

inline const std::string kSix = floats({1, 2, 3, 4, 5, 6});

// The current format: {"w": tensor} with storage "0".
inline std::string zip_file(const std::string& object, const std::string& data) {
  return ZipText{
      {{.name = "m/data.pkl", .data = pickled::kBegin + object + pickled::kEnd}, {.name = "m/data/0", .data = data}}}
      .file();
}

// The old format, with one storage `key`.
inline std::string old_file(const std::string& object, const std::string& key, std::int64_t count,
                            const std::string& data) {
  using namespace pickled;
  const std::string magic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12);
  const auto one = [](const std::string& value) { return kBegin + value + kEnd; };
  return one(magic) + one(number(1001)) + one(dict(text("little_endian") + kTrue)) + one(object) +
         one(list(text(key))) + little_endian(count) + data;
}

inline std::string state_dict_of(const TensorText& tensor) {
  return pickled::ordered_dict(pickled::text("w") + tensor.pickle());
}

}  // namespace stapes::test
