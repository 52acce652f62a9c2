// SPDX-License-Identifier: Apache-2.0
// audio_dump.h: file names for WAV files of detections.
#pragma once

#include <string>

namespace stapes {

// "0000062.340-yes-0.93.wav", after the source's name if there is one. Unsafe characters become _.
std::string dump_name(const std::string& source, double seconds, const std::string& label, float score);

}  // namespace stapes
