// SPDX-License-Identifier: Apache-2.0
#include "cli/import/imported_model.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "data/class_names.h"
#include "stapes/version.h"

namespace stapes::cli {

std::string import_provenance(const std::filesystem::path& file) {
  return nlohmann::json{{"tool", "stapes " STAPES_VERSION_STRING}, {"imported_from", file.filename().string()}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::string> imported_labels(const std::filesystem::path& labels, int classes) {
  if (!labels.empty()) return read_class_names(labels, classes);
  std::vector<std::string> names;
  for (int c = 0; c < classes; ++c) names.push_back(fmt::format("class_{}", c));
  return names;
}

}  // namespace stapes::cli
