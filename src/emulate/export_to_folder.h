// SPDX-License-Identifier: Apache-2.0
// export_to_folder.h: `stapes export`: a packed model as a folder of sources, optionally with measurements.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "export/export_model.h"

namespace stapes {

struct ExportRequest {
  std::filesystem::path model, output;
  std::string target;  // empty: the package's default
  PackageRequest package = {};
  std::string name;      // of the header, functions and constants; empty: the model's file name
  bool measure = false;  // on the target's board; adds the figures to the README
  Existing existing = Existing::kRefuse;
};

// Warnings about constants or an arena larger than the memory of the board's product (board.h).
std::vector<std::string> warnings_of(const ExportedFolder& folder);

// Writes the complete folder or nothing. Throws UsageError for a bad name or target before measuring, Error for
// anything else.
ExportedFolder export_to_folder(const ExportRequest& request);

}  // namespace stapes
