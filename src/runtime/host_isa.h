// SPDX-License-Identifier: Apache-2.0
// host_isa.h: instruction sets by the names that options give them.
#pragma once

#include <string>
#include <vector>

#include "stapes/isa.h"

namespace stapes {

// Those this machine has, scalar first.
std::vector<Isa> host_isas();

// "scalar, avx2, avx512"
std::string names_of(const std::vector<Isa>& isas);

// The one of that name. Throws UsageError listing all names for an unknown one, and Error listing this machine's for
// one that it lacks: nobody who asks for a kernel should be timed, or judged, with another.
Isa find_host_isa(const std::string& name);

}  // namespace stapes
