// SPDX-License-Identifier: Apache-2.0
// load_clip.h: one audio file as the networks see it: mono, at their rate, 16 bits, silence cut off both ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "audio/decode.h"

namespace stapes {

// Leading and trailing exact zeros are cut off; a clip of nothing but zeros is returned whole, so that silence stays
// visible to whoever looks for it. Throws Error naming the file: see AudioReader; also when no sample comes out.
std::vector<std::int16_t> load_clip(const std::filesystem::path& path, int sample_rate_hz);
std::vector<std::int16_t> load_clip(AudioReader& reader, const std::string& name, int sample_rate_hz);

}  // namespace stapes
