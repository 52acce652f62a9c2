// SPDX-License-Identifier: Apache-2.0
// export_model.h: a packed model as a folder of sources for one processor, which compiles by itself.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "export/embedded_files.h"
#include "export/kernel_text.h"
#include "export/target.h"
#include "packed/model_file.h"

namespace stapes {

struct ExportedFolder {
  std::string name, target;
  std::map<std::string, std::string> files;  // text by path below the folder
  std::size_t arena_bytes = 0;               // for run
  std::size_t stream_arena_bytes = 0;        // for push; 0: the model has no stream
  std::size_t weight_bytes = 0;              // constants of the layers
  struct Layer {
    std::string name, kernel;
  };
  std::vector<Layer> layers;
};

// In memory. Throws Error naming the first layer that the target cannot run, and UsageError for a `name` that C source
// cannot use.
// `sources`: of the kernels, another version's in a test.
ExportedFolder export_model(const ModelFile& file, const Target& target, const std::string& name,
                            const SourceTexts& sources = embedded_files());

// What says that a folder is an export, and which files are of it: those are what --force may delete.
inline constexpr const char* kExportMarker = "stapes_export.json";

// Throws Error when `path` exists, and is not to be replaced or holds a file that no export wrote.
void refuse_replacing_export(const std::filesystem::path& path, Existing existing);

// Writes the folder whole or not at all. Throws Error, also as above.
void write_export(const ExportedFolder& folder, const std::filesystem::path& path, Existing existing);

// Puts what was measured of it into the folder's README.
void put_measured(ExportedFolder& folder, const std::string& section);

}  // namespace stapes
