// SPDX-License-Identifier: Apache-2.0
// layout.h: recognizes the format of a folder, so that users need not name it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "data/formats/import.h"

namespace stapes {

// All importers, by the format that `stapes data import` takes.
using Importer = ImportReport (*)(const std::filesystem::path&, const std::filesystem::path&, const ImportOptions&);
const std::map<std::string, Importer>& importers();

struct Layout {
  std::string format = {};  // as `stapes data import` takes it
  bool images = false;
  std::filesystem::path root = {};  // what to import: the folder, or the only folder in it
  int sample_rate_hz = 0;           // suggested; 0 for images
  int file_rate_hz = 0;             // median of the files that were opened
  std::string source_pattern = {};  // suggested for folders; empty: their default rule
  std::string source_part = {};     // what the pattern finds in the first file, "george"
};

// Published layouts by the files that they bring; else a folder per class, of sound or of images. Opens some of the
// files, whose sample rates suggest that of the data set: the highest of 8000, 16000 and 20000 Hz that is at
// most their median rate, else 8000.
// Throws Error: no folder, neither sound nor images in it, files outside class folders, one class only.
Layout recognize_layout(const std::filesystem::path& dir);

// Imports what was recognized.
ImportReport import_layout(const Layout& layout, const std::filesystem::path& out, ImportOptions options);

// A pattern for the part of file names that recurs in several classes, such as the speaker of 7_george_12.wav: clips
// that share it belong in one fold. Empty when no part does. `stems`: file names without extension, by class.
std::string recurring_part_pattern(const std::vector<std::pair<std::string, std::vector<std::string>>>& stems);

}  // namespace stapes
