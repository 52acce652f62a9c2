// SPDX-License-Identifier: Apache-2.0
// search_plan.h: writes the networks found and a study plan that trains them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "study/search/search.h"

namespace stapes {

std::string candidate_name(const NetworkSpace& space, std::size_t index);  // "NAME-1" for index 0

// Throws UsageError if `plan` has [networks] or would be invalid with up to `most` networks added. Call it before the
// long search.
void check_base_plan(const NetworkSpace& space, std::size_t most, const std::filesystem::path& plan);

// Writes FOLDER/NAME-1.toml, ... and, with a plan, FOLDER/plan.toml: the plan plus a table [networks]. Throws like
// check_base_plan().
void write_candidates(const NetworkSpace& space, const std::vector<NetworkCandidate>& found,
                      const std::filesystem::path& plan, const std::filesystem::path& folder, Existing existing);

}  // namespace stapes
