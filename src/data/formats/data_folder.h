// SPDX-License-Identifier: Apache-2.0
// data_folder.h: what importers find in the folder they read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace stapes {

// Something that could not be read: a file, or a folder with everything in it.
struct SkippedFile {
  std::string name;
  std::string reason;
};

// "; the first that was skipped: ..." for the end of a message, or nothing.
std::string first_skipped(const std::vector<SkippedFile>& skipped);

// The folders directly in `dir`, in byte order; hidden ones are left out. Links that lead nowhere or back to `dir`
// are added to `skipped`. Throws Error if `dir` is not a folder or cannot be opened.
std::vector<std::filesystem::path> class_folders(const std::filesystem::path& dir, std::vector<SkippedFile>& skipped);

// The same folders as far as they can be read, for callers that only identify a layout.
std::vector<std::filesystem::path> class_folders(const std::filesystem::path& dir);

// Files below `dir`, any depth, in byte order; hidden ones are left out. Links to folders are not followed, since
// they can lead in circles: they are added to `skipped`, and so are folders that cannot be opened.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& dir, std::vector<SkippedFile>& skipped);

// Whether `path` is a folder, or anything at all; false where that cannot be known.
bool is_folder(const std::filesystem::path& path);
bool is_there(const std::filesystem::path& path);

// The folder in `dir` if it is the only entry, as unpacking an archive often leaves it.
std::optional<std::filesystem::path> only_folder_in(const std::filesystem::path& dir);

// Where importers look for a data set: `dir`, and the folder in it when that is the only one.
std::vector<std::filesystem::path> roots_of(const std::filesystem::path& dir);

// "audio/, meta/, README.md": what lies right in `dir`, a few names of it, for messages.
std::string contents_of(const std::filesystem::path& dir);

// Whether `path` is named like a recording: .wav, .ogg, .flac or .mp3.
bool is_recording(const std::filesystem::path& path);
bool is_picture(const std::filesystem::path& path);

// `listed`, or the same recording as .wav, .ogg, .flac or .mp3: releases differ in the codec.
std::optional<std::filesystem::path> find_recording(const std::filesystem::path& listed);

// A list decides which files are opened, so a name in it must stay inside the data set's folder: neither empty nor
// absolute, no "..", no backslash.
bool stays_inside(const std::string& name);

}  // namespace stapes
