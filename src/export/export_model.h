// SPDX-License-Identifier: Apache-2.0
// export_model.h: a packed model as a self-contained folder of sources for one processor.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "export/build_description.h"
#include "export/embedded_files.h"
#include "export/kernel_text.h"
#include "export/packages/package.h"
#include "export/target.h"
#include "packed/model_file.h"

namespace stapes {

struct ExportedFolder {
  std::string name, target;
  std::map<std::string, std::string> files;  // text by path below the folder
  BuildDescription build;
  std::size_t arena_bytes = 0;         // for run
  std::size_t stream_arena_bytes = 0;  // for push; 0: the model has no stream
  std::size_t weight_bytes = 0;        // constants of the layers
  struct Layer {
    std::string name, kernel;
  };
  std::vector<Layer> layers;
};

// Creates the export in memory. The target arduino always yields an Arduino library. `sources`: the kernel sources.
// Throws Error naming the first layer that the target cannot run, UsageError if C source cannot use `name`, and the
// errors of check_package().
ExportedFolder export_model(const ModelFile& file, const Target& target, const std::string& name,
                            PackageRequest package = {}, const SourceTexts& sources = embedded_files());

// Marks a folder as an export and lists its files, which --force may delete.
inline constexpr const char* kExportMarker = "stapes_export.json";

// Throws Error if `path` exists and must not be replaced, or holds a file that no export wrote.
void refuse_replacing_export(const std::filesystem::path& path, Existing existing);

// Writes the complete folder or nothing. Throws Error if `path` must not be replaced or cannot be written.
void write_export(const ExportedFolder& folder, const std::filesystem::path& path, Existing existing);

// Adds measurements to the folder's README.
void put_measured(ExportedFolder& folder, const std::string& section);

}  // namespace stapes
