// SPDX-License-Identifier: Apache-2.0
// declared_end.h: where a file in an older format ends according to its header.
#pragma once

#include <string>
#include <vector>

#include "audio/byte_source.h"

namespace stapes {

struct DeclaredEnd {
  bool known = false;
  bool undeclared = false;   // a kind of file that never declares its length
  std::uint64_t offset = 0;  // if `known`: the first byte after the declared content
};

// Knows AU, SPH (NIST), VOC, AVR, MAT 4 and MAT 5. An AU file that declares 0 bytes but has some is read to its end:
// its length is corrected in `file`, with a warning. PAF, IRCAM, PVF and unknown formats are `undeclared`.
DeclaredEnd declared_end(ByteSource& file, const std::string& name, std::vector<std::string>& warnings);

}  // namespace stapes
