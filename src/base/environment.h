// SPDX-License-Identifier: Apache-2.0
// environment.h: variables and arguments of a program that this one starts.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace stapes {

using Environment = std::vector<std::pair<std::string, std::string>>;  // variables to set

// Our environment with `changes` applied, as "NAME=VALUE".
std::vector<std::string> environment_with(const Environment& changes);

// What exec() takes: a pointer to each text, then a null pointer. Valid as long as `texts` exists.
std::vector<char*> exec_pointers(const std::vector<std::string>& texts);

}  // namespace stapes
