// SPDX-License-Identifier: Apache-2.0
// imported_model.h: provenance and labels of imported models.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace stapes::cli {

// JSON: the version of Stapes and the file name.
std::string import_provenance(const std::filesystem::path& file);

// The class names in the file `labels`, or class_0, class_1, ... if the path is empty.
std::vector<std::string> imported_labels(const std::filesystem::path& labels, int classes);

}  // namespace stapes::cli
