// SPDX-License-Identifier: Apache-2.0
// rules.h: the house rules of CONTRIBUTING.md that a machine can check. Each returns one line per violation.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "house/source_tree.h"

namespace stapes::house {

using Violations = std::vector<std::string>;

// What a CMakeLists.txt of src/ names comes before it in the order of the top CMakeLists.txt.
Violations upward_uses(const SourceTree& tree);

// A file of src/ includes only headers of its own target and of those that its target names itself.
Violations unnamed_includes(const SourceTree& tree);

// A layer names nothing whose headers it does not include.
Violations unused_names(const SourceTree& tree);

// A test, with its helper headers, includes only what it tests, what that names itself, and its own USES.
Violations unnamed_test_includes(const SourceTree& tree);

// The CMakeLists.txt next to a tests/**/*_test.cpp names it.
Violations unnamed_test_files(const SourceTree& tree);

// The diagram of src/README.md has every layer, in order, with what it uses.
Violations diagram_differences(const SourceTree& tree);

}  // namespace stapes::house
