// SPDX-License-Identifier: Apache-2.0
// declared_end.h: where a file in an older format ends according to its header.
#pragma once

#include <string>
#include <vector>

#include "audio/byte_source.h"

namespace stapes {

struct DeclaredEnd {
  bool known = false;
  bool undeclared = false;   // the format never declares a length
  std::uint64_t offset = 0;  // if `known`: the first byte after the declared content
};

// Supports AU, SPH (NIST), VOC, AVR, MAT 4 and MAT 5. If an AU file declares 0 bytes but contains samples, corrects the
// length in `file` and adds a warning. PAF, IRCAM, PVF and unknown formats are `undeclared`.
DeclaredEnd declared_end(ByteSource& file, const std::string& name, std::vector<std::string>& warnings);

}  // namespace stapes
