// SPDX-License-Identifier: Apache-2.0
// default_sources.h: derives the sources of files in plain folders from their names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/formats/import.h"

namespace stapes {

// The source is numbered_source() of the file name (source_rule.h). If it equals the class name or covers more than 3/4
// of the class, each file is its own source, since otherwise one fold would get nearly all files. Returns warnings
// naming these classes.
//   options  command-line options that name recordings, for the warnings
std::vector<std::string> set_default_sources(std::vector<ClipPlan>& clips, const std::vector<std::string>& labels,
                                             std::string_view options = "--source-pattern or --sources");

}  // namespace stapes
