// SPDX-License-Identifier: Apache-2.0
// data_folder.h: lists the contents of an importer's folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace stapes {

// A skipped file, or a folder skipped with all its contents.
struct SkippedFile {
  std::string name;
  std::string reason;
};

// The end of a message, "; first file or folder skipped: ...", or empty.
std::string first_skipped(const std::vector<SkippedFile>& skipped);

// The folders directly in `dir`, in byte order, without hidden ones. Adds broken links and links back to `dir` to
// `skipped`. Throws Error if `dir` is not a folder or cannot be opened.
std::vector<std::filesystem::path> class_folders(const std::filesystem::path& dir, std::vector<SkippedFile>& skipped);

// Without the list of skipped entries, for callers that only identify a layout.
std::vector<std::filesystem::path> class_folders(const std::filesystem::path& dir);

// Files below `dir` at any depth, in byte order, without hidden ones. Links to folders can form cycles, so they are
// added to `skipped` instead, as are folders that cannot be opened.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& dir, std::vector<SkippedFile>& skipped);

// Whether `path` is a folder, or exists at all; false if that cannot be determined.
bool is_folder(const std::filesystem::path& path);
bool is_there(const std::filesystem::path& path);

// The folder in `dir` if it is the only entry, as is common after unpacking an archive.
std::optional<std::filesystem::path> only_folder_in(const std::filesystem::path& dir);

// The folders in which importers look for a data set: `dir`, and its only entry if that is a folder.
std::vector<std::filesystem::path> roots_of(const std::filesystem::path& dir);

// "audio/, meta/, README.md": the first few names in `dir`, for messages.
std::string contents_of(const std::filesystem::path& dir);

// Whether `path` has the extension of a recording (.wav, .ogg, .flac or .mp3), or of an image.
bool is_recording(const std::filesystem::path& path);
bool is_picture(const std::filesystem::path& path);

// The file `listed` or, if missing, one with the same name and extension .wav, .ogg, .flac or .mp3: releases of a data
// set use different codecs.
std::optional<std::filesystem::path> find_recording(const std::filesystem::path& listed);

// Whether a file name from a list stays inside the data set's folder: not empty, not absolute, no "..", no backslash.
bool stays_inside(const std::string& name);

}  // namespace stapes
