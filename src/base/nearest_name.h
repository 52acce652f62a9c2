// SPDX-License-Identifier: Apache-2.0
// nearest_name.h: the name a user may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace stapes {

// The number of letters to insert, remove or replace (Levenshtein 1966).
int edit_distance(std::string_view a, std::string_view b);

// The first name with the smallest edit distance to `wanted`; empty if there are no names.
std::string nearest_name(std::string_view wanted, std::span<const std::string> names);

}  // namespace stapes
