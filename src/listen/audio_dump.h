// SPDX-License-Identifier: Apache-2.0
// audio_dump.h: WAV files of detections.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"

namespace stapes {

// A whole WAV file: mono, 16 bits.
std::vector<std::byte> wav_file(std::span<const std::int16_t> samples, int sample_rate_hz);

// "0000062.340-yes-0.93.wav", after the source's name if it has one. Characters unsafe in a file name become _.
std::string dump_name(const std::string& source, double seconds, const std::string& label, float score);

}  // namespace stapes
