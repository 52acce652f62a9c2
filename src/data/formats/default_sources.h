// SPDX-License-Identifier: Apache-2.0
// default_sources.h: guesses which recording a file in a plain folder was cut from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/formats/import.h"

namespace stapes {

// Derives sources from file names by removing a number at the end (numbered_source() in source_rule.h). If the rest is
// the class name, or more than three quarters of the class's files share it, each file becomes its own source, since
// otherwise one fold would get nearly all files. The returned warnings name these classes.
//   options  command-line options that name recordings, for the warnings
std::vector<std::string> set_default_sources(std::vector<ClipPlan>& clips, const std::vector<std::string>& labels,
                                             std::string_view options = "--source-pattern or --sources");

}  // namespace stapes
