// SPDX-License-Identifier: Apache-2.0
// device_image.h: builds images for a board from an exported folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "emulate/board.h"
#include "export/export_model.h"

namespace stapes {

// An export and the folder that it was written to.
struct WrittenExport {
  const ExportedFolder& exported;
  std::filesystem::path path;
};

// The model's bytes in an image, without the harness and anything that run() does not use.
struct ImageSizes {
  std::int64_t code = 0;       // layers, kernels and the library functions they call
  std::int64_t constants = 0;  // all other constants in flash, including initial values of variables
  std::int64_t weights = 0;
  std::int64_t variables = 0;  // in RAM, without arena and state
};

struct ModelImages {
  std::filesystem::path plain, traced;  // firmware/measure_model.cpp without and with STAPES_TRACE
  std::filesystem::path hop;            // firmware/measure_hop.cpp; empty if not requested
  ImageSizes sizes;                     // of plain
};

// Builds with the export's own build description. `work`: an existing folder for objects and images. The tools must be
// installed (tools.h). `hop_samples` 0: no hop image. Throws Error with the compiler's first error, or if the model
// exceeds the emulated board's memory.
ModelImages build_model_images(const Board& board, const WrittenExport& model, const std::filesystem::path& work,
                               int hop_samples);

// Builds firmware/known_work.cpp, for boards that count instructions. Links no library, to prove that the harness needs
// none. Library code would count as the model's.
std::filesystem::path build_known_work(const Board& board, const std::filesystem::path& work);

}  // namespace stapes
