// SPDX-License-Identifier: Apache-2.0
#include "listen/audio_dump.h"

#include <fmt/format.h>

#include <cstring>

namespace stapes {
namespace {

void put(std::vector<std::byte>& bytes, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
}
void put(std::vector<std::byte>& bytes, const char* text) {
  for (; *text != 0; ++text) bytes.push_back(static_cast<std::byte>(*text));
}

std::string for_file_name(const std::string& text) {
  std::string name;
  for (const char c : text.substr(0, 80)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
                       c == '-' || static_cast<unsigned char>(c) >= 0x80;
    name += plain ? c : '_';
  }
  return name;
}

}  // namespace

std::vector<std::byte> wav_file(std::span<const std::int16_t> samples, int sample_rate_hz) {
  const auto data_bytes = static_cast<std::uint32_t>(samples.size() * 2);
  const auto rate = static_cast<std::uint32_t>(sample_rate_hz);
  std::vector<std::byte> bytes;
  put(bytes, "RIFF");
  put(bytes, 36 + data_bytes, 4);
  put(bytes, "WAVEfmt ");
  put(bytes, 16, 4);
  put(bytes, 1, 2);  // PCM
  put(bytes, 1, 2);  // channel
  put(bytes, rate, 4);
  put(bytes, rate * 2, 4);
  put(bytes, 2, 2);  // bytes of a frame
  put(bytes, 16, 2);
  put(bytes, "data");
  put(bytes, data_bytes, 4);
  for (const std::int16_t sample : samples) put(bytes, static_cast<std::uint16_t>(sample), 2);
  return bytes;
}

std::string dump_name(const std::string& source, double seconds, const std::string& label, float score) {
  return fmt::format("{}{}{:011.3f}-{}-{:.2f}.wav", for_file_name(source), source.empty() ? "" : "-", seconds,
                     for_file_name(label), score);
}

}  // namespace stapes
