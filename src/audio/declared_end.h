// SPDX-License-Identifier: Apache-2.0
// declared_end.h: where the headers of older formats say that the file ends.
#pragma once

#include <string>
#include <vector>

#include "audio/byte_source.h"

namespace stapes {

struct DeclaredEnd {
  bool known = false;
  bool undeclared = false;   // a kind of file that never declares its length
  std::uint64_t offset = 0;  // where `known`: the first byte behind what the header declares
};

// AU, SPH (NIST), VOC, AVR, MAT 4 and 5. An AU file that declares 0 bytes, although there are some, is read to its end:
// its length is made right in `file`, with a warning. PAF, IRCAM, PVF and what is not known here are `undeclared`.
DeclaredEnd declared_end(ByteSource& file, const std::string& name, std::vector<std::string>& warnings);

}  // namespace stapes
