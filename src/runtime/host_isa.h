// SPDX-License-Identifier: Apache-2.0
// host_isa.h: this machine's instruction sets, and their names in options.
#pragma once

#include <string>
#include <vector>

#include "stapes/isa.h"

namespace stapes {

// This machine's sets, scalar first.
std::vector<Isa> host_isas();

// "scalar, avx2, avx512"
std::string names_of(const std::vector<Isa>& isas);

// Throws UsageError with all names if `name` is unknown, Error with this machine's sets if this machine lacks it.
Isa find_host_isa(const std::string& name);

}  // namespace stapes
