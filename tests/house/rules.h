// SPDX-License-Identifier: Apache-2.0
// rules.h: the house rules of CONTRIBUTING.md that a machine can check. Each returns one line per violation.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "house/source_tree.h"

namespace stapes::house {

using Violations = std::vector<std::string>;

// A layer of src/ uses only layers before it in the top CMakeLists.txt.
Violations upward_uses(const SourceTree& tree);

// A file in src/ only includes headers of its own target and of targets that its target names.
Violations unnamed_includes(const SourceTree& tree);

// A layer names a target only if it includes one of its headers.
Violations unused_names(const SourceTree& tree);

// A test and its helper headers only include the tested layer, that layer's targets, and the test's USES.
Violations unnamed_test_includes(const SourceTree& tree);

// Every tests/**/*_test.cpp is named in the CMakeLists.txt of its folder.
Violations unnamed_test_files(const SourceTree& tree);

// No folder of src/ holds more than 40 source files directly.
Violations crowded_folders(const SourceTree& tree);

// No two headers of src/ define a type of the same name in the same namespace.
Violations types_of_one_name(const SourceTree& tree);

// Source files named in README.md, other pages at the top, src/README.md and docs/ exist. CHANGELOG.md is not checked.
Violations missing_files(const SourceTree& tree);

// Relative links in documents and CHANGELOG.md lead to an existing file, and their anchors to a heading in it.
Violations broken_links(const SourceTree& tree);

// Only system headers are precompiled. The compiler cache may give another clone a precompiled header with the paths of
// the first clone. Our headers would then be included twice.
Violations precompiled_own_headers(const SourceTree& tree);

// The diagram in src/README.md lists every layer, in order, with the layers it uses.
Violations diagram_differences(const SourceTree& tree);

}  // namespace stapes::house
