// SPDX-License-Identifier: Apache-2.0
// export_to_folder.h: `stapes export`: a packed model as a folder of sources, with what was measured of them if wanted.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "export/export_model.h"

namespace stapes {

struct ExportRequest {
  std::filesystem::path model, output;
  std::string target;  // empty: the one of the package
  PackageRequest package = {};
  std::string name;      // what the header, the functions and the constants are called; empty: as the model's file
  bool measure = false;  // on the board of the target, figures into the README
  Existing existing = Existing::kRefuse;
};

// What is doubtful about an export: constants or an arena larger than the memory of the product that its board is
// modelled on (board.h).
std::vector<std::string> warnings_of(const ExportedFolder& folder);

// Writes the complete folder or nothing. Checks the request before it measures anything: throws UsageError for a bad
// name or target, and Error for anything else.
ExportedFolder export_to_folder(const ExportRequest& request);

}  // namespace stapes
