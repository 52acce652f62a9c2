// SPDX-License-Identifier: Apache-2.0
// wav_file.h: samples as a WAV file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace stapes {

// Mono, 16 bits.
std::vector<std::byte> wav_file(std::span<const std::int16_t> samples, int sample_rate_hz);

}  // namespace stapes
