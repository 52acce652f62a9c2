// SPDX-License-Identifier: Apache-2.0
#include "audio/wav_file.h"

namespace stapes {
namespace {

void put(std::vector<std::byte>& bytes, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
}
void put(std::vector<std::byte>& bytes, const char* text) {
  for (; *text != 0; ++text) bytes.push_back(static_cast<std::byte>(*text));
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
  put(bytes, 1, 2);  // one channel
  put(bytes, rate, 4);
  put(bytes, rate * 2, 4);
  put(bytes, 2, 2);  // bytes per frame
  put(bytes, 16, 2);
  put(bytes, "data");
  put(bytes, data_bytes, 4);
  for (const std::int16_t sample : samples) put(bytes, static_cast<std::uint16_t>(sample), 2);
  return bytes;
}

}  // namespace stapes
