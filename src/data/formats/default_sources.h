// SPDX-License-Identifier: Apache-2.0
// default_sources.h: guesses which recording a file in a plain folder was cut from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/formats/import.h"

namespace stapes {

// Derives the sources from the number at the end of file names (numbered_source() in source_rule.h), unless the text
// before the number cannot identify a recording: if it is the class name, or shared by more than three quarters of the
// class's files, one fold would get nearly all of them. Then each file is its own source; the returned warnings name
// these classes.
//   options  options for naming recordings, mentioned in the warnings
std::vector<std::string> set_default_sources(std::vector<ClipPlan>& clips, const std::vector<std::string>& labels,
                                             std::string_view options = "--source-pattern or --sources");

}  // namespace stapes
