// SPDX-License-Identifier: Apache-2.0
#include "listen/audio_dump.h"

#include <fmt/format.h>

#include "base/text.h"

namespace stapes {

std::string dump_name(const std::string& source, double seconds, const std::string& label, float score) {
  return fmt::format("{}{}{:011.3f}-{}-{:.2f}.wav", for_file_name(source), source.empty() ? "" : "-", seconds,
                     for_file_name(label), score);
}

}  // namespace stapes
