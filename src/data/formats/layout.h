// SPDX-License-Identifier: Apache-2.0
// layout.h: recognizes the format of a folder.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "data/formats/import.h"

namespace stapes {

// Keys are the format names of `stapes data import`.
using Importer = ImportReport (*)(const std::filesystem::path&, const std::filesystem::path&, const ImportOptions&);
const std::map<std::string, Importer>& importers();

struct Layout {
  std::string format = {};  // as for `stapes data import`
  bool images = false;
  std::filesystem::path root = {};  // the folder itself, or its only subfolder
  int sample_rate_hz = 0;           // suggested; 0 for images
  int file_rate_hz = 0;             // median of the opened files
  std::string source_pattern = {};  // suggested for folders; empty: the default rule
  std::string source_part = {};     // what the pattern matches in the first file, such as "george"
};

// Recognizes published layouts by their files, otherwise a folder per class. Suggests the highest of 8000, 16000 and
// 20000 Hz not above the median rate of some files, at least 8000. Throws Error for a missing folder, no sound or
// images, no class folders, or only one class.
Layout recognize_layout(const std::filesystem::path& dir);

// Uses the suggested sample rate and source pattern.
ImportReport import_layout(const Layout& layout, const std::filesystem::path& out, ImportOptions options);

// A pattern for the part of file names that recurs in several classes and so identifies a source, such as the speaker
// in 7_george_12.wav. Empty if there is none. `stems`: file names without extension, by class.
std::string recurring_part_pattern(const std::vector<std::pair<std::string, std::vector<std::string>>>& stems);

}  // namespace stapes
