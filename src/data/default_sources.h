// SPDX-License-Identifier: Apache-2.0
// default_sources.h: the recording that a file of a plain folder was cut from when nobody says it.
#pragma once

#include <string>
#include <vector>

#include "data/import.h"

namespace stapes {

// Sets the sources by the number at the end of file names (numbered_source() in source_rule.h), except where what is in
// front of it cannot be a recording: it is the name of the class, or it is in front of more than three quarters of the
// class's files, so that one fold would hold nearly all of them. There the number only counts the files and each of
// them is its own source; the warnings returned say in which classes.
std::vector<std::string> set_default_sources(std::vector<ClipPlan>& clips, const std::vector<std::string>& labels);

}  // namespace stapes
