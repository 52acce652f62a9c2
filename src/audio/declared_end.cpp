// SPDX-License-Identifier: Apache-2.0
#include "audio/declared_end.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

namespace stapes {
namespace {

constexpr std::uint64_t kLargest = std::uint64_t{1} << 62;  // larger values cannot be lengths

// Capped at kLargest.
std::uint64_t product(std::uint64_t a, std::uint64_t b) { return a != 0 && b > kLargest / a ? kLargest : a * b; }

// The number at the start of `text`, at most kLargest; nothing if there is none.
std::optional<std::uint64_t> leading_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument) return std::nullopt;
  return error == std::errc{} ? std::min(value, kLargest) : kLargest;
}

DeclaredEnd end_at(std::uint64_t offset) { return {.known = true, .offset = offset}; }

DeclaredEnd au_end(ByteSource& file, const std::string& name, std::vector<std::string>& warnings) {
  const ByteOrder order = file.has(0, ".snd") ? ByteOrder::kBig : ByteOrder::kLittle;
  const std::uint64_t begin = file.number(4, 4, order), length = file.number(8, 4, order);
  if (length == 0xFFFFFFFF) return {};  // unknown: written to a pipe
  if (length == 0 && begin < file.size()) {
    warnings.push_back(
        fmt::format("{} has a header that was never finished (0 bytes of samples); the {} bytes up to the end of the "
                    "file were read",
                    name, file.size() - begin));
    constexpr std::array<std::byte, 4> kUnknown{std::byte{0xFF}, std::byte{0xFF}, std::byte{0xFF}, std::byte{0xFF}};
    file.overlay(8, kUnknown);
    return {};
  }
  return end_at(begin + length);
}

// Reads the "NAME -i VALUE" line of a NIST header. libsndfile writes "-s1" for some names.
std::optional<std::uint64_t> nist_number(std::string_view header, std::string_view name) {
  const std::string key = fmt::format("\n{} -", name);
  const std::size_t at = header.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t digits = header.find(' ', at + key.size());
  if (digits == std::string_view::npos) return std::nullopt;
  return leading_number(header.substr(digits + 1));
}

// The header: "NIST_1A", its length as text, then "NAME -TYPE VALUE" lines.
DeclaredEnd nist_end(const ByteSource& file) {
  std::string header(static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), 16384)), '\0');
  file.read(0, std::as_writable_bytes(std::span(header)));
  const std::size_t digits = std::min(header.find_first_not_of(" \n", 8), header.size());
  const std::uint64_t header_bytes = leading_number(std::string_view(header).substr(digits)).value_or(1024);
  const auto samples = nist_number(header, "sample_count"), bytes = nist_number(header, "sample_n_bytes");
  const bool packed = header.find("shorten") != std::string::npos || header.find("wavpack") != std::string::npos;
  if (packed || !samples || !bytes) return {};
  const std::uint64_t channels = nist_number(header, "channel_count").value_or(1);
  return end_at(header_bytes + product(*samples, product(*bytes, channels)));
}

// Each block has a type (0: the end), a 24-bit length, and that many bytes. sox declares 8 bytes less than it writes,
// so the last few bytes must not be taken for a block.
DeclaredEnd voc_end(const ByteSource& file) {
  std::uint64_t at = file.number(20, 2, ByteOrder::kLittle);
  while (at + 16 <= file.size() && file.at(at) != 0) at += 4 + file.number(at + 1, 3, ByteOrder::kLittle);
  return end_at(at);
}

DeclaredEnd avr_end(const ByteSource& file) {
  const std::uint64_t channels = file.number(12, 2, ByteOrder::kBig) == 0 ? 1 : 2;
  const std::uint64_t sample_bytes = file.number(14, 2, ByteOrder::kBig) == 8 ? 1 : 2;
  return end_at(128 + product(file.big32(26), channels * sample_bytes));
}

// Variables, each with 20 bytes of header, the name and the matrix.
DeclaredEnd mat4_end(const ByteSource& file, ByteOrder order) {
  constexpr std::array<std::uint64_t, 6> kValueBytes = {8, 4, 4, 2, 2, 1};
  std::uint64_t at = 0;
  while (at + 20 <= file.size()) {
    const std::uint64_t value = file.number(at, 4, order) / 10 % 10;
    const std::uint64_t rows = file.number(at + 4, 4, order), columns = file.number(at + 8, 4, order);
    at += 20 + file.number(at + 16, 4, order);
    at += product(product(rows, columns), value < kValueBytes.size() ? kValueBytes[value] : 1);
  }
  return end_at(at);
}

// 128 bytes of header, then elements: a type, a length and that many bytes. libsndfile declares 8 bytes more than it
// writes.
DeclaredEnd mat5_end(const ByteSource& file) {
  const ByteOrder order = file.has(126, "IM") ? ByteOrder::kLittle : ByteOrder::kBig;
  std::uint64_t at = 128;
  while (at + 8 <= file.size()) {
    const std::uint64_t type = file.number(at, 4, order), length = file.number(at + 4, 4, order);
    if (type >> 16 != 0) {  // a small element, stored in the tag itself
      at += 8;
    } else {
      at += 8 + (length + 7) / 8 * 8;
    }
  }
  return end_at(at - std::min<std::uint64_t>(at - 128, 8));
}

}  // namespace

DeclaredEnd declared_end(ByteSource& file, const std::string& name, std::vector<std::string>& warnings) {
  if (file.has(0, ".snd") || file.has(0, "dns.")) return au_end(file, name, warnings);
  if (file.has(0, "NIST_1A")) return nist_end(file);
  if (file.has(0, "Creative Voice File")) return voc_end(file);
  if (file.has(0, "2BIT")) return avr_end(file);
  if (file.has(0, "MATLAB 5.0 MAT-file")) return mat5_end(file);
  for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
    // MAT 4 begins with a type: 0 or 1000 for the byte order, plus tens for the number format. The first variable is
    // the sample rate, 1 x 1.
    const std::uint64_t kind = file.number(0, 4, order), base = order == ByteOrder::kBig ? 1000 : 0;
    const bool one = file.number(4, 4, order) == 1 && file.number(8, 4, order) == 1;
    if (kind >= base && kind < base + 100 && one && file.has(20, "samplerate")) return mat4_end(file, order);
  }
  return {.undeclared = true};
}

}  // namespace stapes
