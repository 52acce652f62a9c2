// SPDX-License-Identifier: Apache-2.0
// data_folder.h: what importers find in the folder they read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace stapes {

// The folders right in `dir`, in byte order; hidden ones are left out. Throws Error when `dir` is no folder.
std::vector<std::filesystem::path> class_folders(const std::filesystem::path& dir);

// Files below `dir`, any depth, in byte order; hidden ones are left out. Links to folders are not followed: they can
// lead in circles.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& dir);

// `listed`, or the same recording as .wav, .ogg, .flac or .mp3: releases differ in the codec.
std::optional<std::filesystem::path> find_recording(const std::filesystem::path& listed);

// A list decides which files are opened, so a name in it must stay inside the data set's folder: neither empty nor
// absolute, no "..", no backslash.
bool stays_inside(const std::string& name);

}  // namespace stapes
